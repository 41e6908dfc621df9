import { Exit, exitCode } from '#shared/exit.ts';
import { print } from '#shared/print.ts';
import type { Errand } from '#shared/run-tool.ts';
import { type How, Refused } from './attached.ts';
import type { tool } from './config.ts';
import { explanation } from './explain/explanation.ts';
import { readInput } from './files/input.ts';
import { checkOutput, writeOutput } from './files/output.ts';
import { rewrite, summary } from './verbs/rewrite.ts';
import { runLine } from './verbs/run.ts';

/** What attach is called with. */
type AttachErrand = Errand<(typeof tool)['options'], (typeof tool)['verbs']>;

/** Attaches, explains, or tells how to run. @throws Exit */
export async function attach(errand: AttachErrand): Promise<void> {
  try {
    await answer(errand);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { problems, message } = error;
    const count = problems.length === 1 ? 'is a problem' : `are ${problems.length} problems`;
    throw new Exit(exitCode.settings, `nothing is written, as there ${count}\n${message.replaceAll(/^/gm, '  ')}`, {
      cause: error,
    });
  }
}

async function answer({ settings, call }: AttachErrand): Promise<void> {
  demandMeaning({ settings, call });
  const { file, output, check, images, tag, build } = settings;
  const how = (name: string): How => ({ file: name, images, tag, build });
  if (call?.verb === 'run') {
    const input = file === undefined ? undefined : await readInput(file);
    const { text, notes } = runLine(call.given, input, how(input?.name ?? ''));
    for (const note of notes) say(note);
    return print(`${text}\n`);
  }
  const input = await readInput(file);
  const attached = rewrite(input, settings, how(input.name));
  if (call?.verb === 'explain') {
    const { isTTY, columns } = process.stdout;
    if (call.given.json) return print(`${JSON.stringify(attached.changes, null, 2)}\n`);
    if (attached.changes.length === 0) say(summary(input, attached, settings));
    return print(explanation(attached.changes, isTTY ? columns : undefined));
  }
  if (check && output !== undefined) return checkOutput(output, attached.text);
  await writeOutput(output, attached.text);
  // on a terminal the file itself is to be seen
  if (!process.stdout.isTTY || output !== undefined || attached.changes.length === 0) say(summary(input, attached, settings));
}

/** Refuses flags that would be ignored with a verb. @throws Exit */
function demandMeaning({ settings: { output, check, remove, kubernetes, build }, call }: AttachErrand): void {
  if (call === undefined) return;
  const flags = {
    output: output !== undefined,
    check,
    remove,
    ...(call.verb === 'run' ? { kubernetes, build: build !== undefined } : {}),
  };
  for (const [flag, isGiven] of Object.entries(flags))
    if (isGiven) throw new Exit(exitCode.settings, `--${flag} means nothing to ${call.verb}; leave it out`);
}

function say(text: string): void {
  process.stderr.write(`sidekick/attach: ${text}\n`);
}
