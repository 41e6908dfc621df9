import { describeProblems, help } from './config/describe.ts';
import { loadTool } from './config/load.ts';
import type { Options, Values } from './config/table.ts';
import type { Tool } from './config/tool.ts';
import type { Call, Verbs } from './config/verb.ts';
import { Exit, exitCode, messageOf } from './exit.ts';
import { print } from './print.ts';
import { version } from './version.ts';

/** What a tool's work is given. */
export interface Errand<O extends Options, V extends Verbs = Record<never, never>> {
  readonly settings: Values<O>;
  /** The verb that was asked for, with its flags; undefined where none was. */
  readonly call: Call<V> | undefined;
}

/**
 * The life of a tool: flags → work → exit code. Its result goes to stdout; what else there is to say to stderr.
 * It ends the process, so it is the last thing that a `main.ts` calls.
 * @param work does what was asked for. @throws Exit to end with a code of its own.
 */
export async function runTool<O extends Options, V extends Verbs>(
  tool: Tool<O, V>,
  work: (errand: Errand<O, V>) => Promise<void>,
): Promise<void> {
  // as PID 1 of a container it would not be ended by them otherwise
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(exitCode.interrupted[signal]));
  const asked = loadTool(tool);
  if (asked.mode === 'help') return print(help(tool, process.stdout.columns, asked.verb));
  if (asked.mode === 'version') return print(`sidekick/${tool.name} ${version} (Node ${process.versions.node})\n`);
  if (!('settings' in asked)) return end(exitCode.settings, describeProblems(tool, asked.problems));
  try {
    await work(asked);
  } catch (error) {
    if (error instanceof Exit) end(error.code, `sidekick/${tool.name}: ${error.message}\n`);
    else end(exitCode.failed, `sidekick/${tool.name}: failed: ${(error instanceof Error && error.stack) || messageOf(error)}\n`);
  }
}

function end(code: number, said: string): void {
  process.exitCode = code;
  process.stderr.write(said, () => process.exit());
}
