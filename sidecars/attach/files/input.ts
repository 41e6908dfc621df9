import { existsSync, readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { codeOf, Exit, exitCode, isDenied, messageOf } from '#shared/exit.ts';

/** A file as it was read. */
export interface Input {
  readonly text: string;
  /** Its name in messages. */
  readonly name: string;
  /** Where it is; undefined where it came from stdin. */
  readonly path: string | undefined;
}

/** Where compose looks, in its order. */
const composeFiles = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

/**
 * Reads a file, or stdin. A person at a terminal who names no file means the compose file of this folder, as with compose.
 * @param file as it was given; `-` is stdin, undefined is nothing.
 * @throws Exit where there is nothing to read, or it cannot be read.
 */
export async function readInput(file: string | undefined): Promise<Input> {
  const path = file ?? (process.stdin.isTTY ? ofThisFolder() : '-');
  if (path !== '-') return { text: textOf(bytesOf(path), path), name: path, path };
  const bytes = await buffer(process.stdin);
  if (bytes.length === 0)
    throw new Exit(
      exitCode.settings,
      'stdin is empty: give a file by < compose.yaml or -f compose.yaml; docker run needs -i for the first, and -v "$PWD:/work" for the second',
    );
  return { text: textOf(bytes, 'stdin'), name: 'stdin', path: undefined };
}

function ofThisFolder(): string {
  const found = composeFiles.find((name) => existsSync(name));
  if (found !== undefined) return found;
  throw new Exit(exitCode.settings, `there is no ${composeFiles.join(', ')} in this folder; name a file by -f, or see --help`);
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const user = process.getuid?.() ?? '';
    if (isDenied(error))
      throw new Exit(
        exitCode.permission,
        `${path} may not be read by user ${user}; in a container run it as its owner: --user "$(id -u)"`,
      );
    if (codeOf(error) === 'ENOENT')
      throw new Exit(exitCode.settings, `${path} is not there; a container sees the folder of -v "$PWD:/work" alone`);
    if (codeOf(error) === 'EISDIR') throw new Exit(exitCode.settings, `${path} is a folder; name a file in it`);
    throw new Exit(exitCode.failed, `${path} cannot be read: ${messageOf(error)}`);
  }
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    // what begins the file is a part of it
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Exit(exitCode.settings, `${name} is no text in UTF-8`);
  }
}
