import { existsSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { replaceFile } from '#shared/durable.ts';
import { codeOf, Exit, exitCode, isDenied, messageOf } from '#shared/exit.ts';
import { print } from '#shared/print.ts';

/**
 * Writes a file whole or not at all, or to stdout. One that is there keeps its mode, and stays untouched where it holds the text already.
 * @param file as it was given; `-` and undefined are stdout.
 * @throws Exit where it cannot be written.
 */
export async function writeOutput(file: string | undefined, text: string): Promise<void> {
  if (file === undefined || file === '-') return print(text);
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) await replaceFile(file, text);
    // a pipe or /dev/stdout cannot be replaced
    else if (!stat.isFile()) writeFileSync(file, text);
    else if (readFileSync(file, 'utf8') !== text) await replaceFile(realpathSync(file), text, stat.mode & 0o7777);
  } catch (error) {
    throw whyNot(file, error);
  }
}

function whyNot(file: string, error: unknown): Exit {
  const user = process.getuid?.() ?? '';
  const code = codeOf(error);
  if (isDenied(error))
    return new Exit(
      exitCode.permission,
      `${file} may not be written by user ${user}, which needs the right to make files in ${dirname(file)}; in a container run it as its owner: --user "$(id -u)"`,
    );
  if (code === 'EROFS') return new Exit(exitCode.permission, `${file} is on a file system that nobody may write to`);
  if (code === 'ENOENT')
    return new Exit(exitCode.settings, `${file} cannot be written: there is no folder ${dirname(file)}; make it first`);
  if (code === 'EISDIR') return new Exit(exitCode.settings, `${file} is a folder; name a file in it`);
  if (code === 'EBUSY')
    return new Exit(
      exitCode.settings,
      `${file} is mounted by itself, and so cannot be replaced; mount its folder: -v "$PWD:/work"`,
    );
  return new Exit(exitCode.failed, `${file} cannot be written: ${messageOf(error)}`);
}

/**
 * Compares a file with what would be written to it.
 * @throws Exit where they differ, with the first line that does.
 */
export function checkOutput(file: string, text: string): void {
  if (!existsSync(file)) throw new Exit(exitCode.failed, `${file} is not there, and would be written`);
  let there: string;
  try {
    there = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Exit(isDenied(error) ? exitCode.permission : exitCode.failed, `${file} cannot be read: ${messageOf(error)}`);
  }
  if (there === text) return;
  const [lines, wanted] = [there.split('\n'), text.split('\n')];
  const at = wanted.findIndex((line, index) => line !== lines[index]);
  const index = at < 0 ? wanted.length : at;
  const shown = (line: string | undefined) => (line === undefined ? 'nothing' : JSON.stringify(line));
  throw new Exit(
    exitCode.failed,
    `${file}:${index + 1}: is not what would be written: there is ${shown(lines[index])}, and would be ${shown(wanted[index])}`,
  );
}
