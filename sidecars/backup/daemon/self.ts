import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Children } from '#shared/children.ts';

/** How this sidecar was started, so that it can be started again with a verb. */
export interface Started {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The program itself: `main.ts`, or, in an image, the bundle that this is part of (images/bundle.ts). */
const script = extname(import.meta.filename) === '.cjs' ? import.meta.filename : join(import.meta.dirname, '..', 'main.ts');

/**
 * Runs this very program with a verb, as a process of its own with the same settings, and gives each line of its standard output.
 * What it needs of memory is gone with it. Its log goes where ours goes, to the standard error.
 */
export async function runSelf(
  children: Children,
  { argv, env }: Started,
  words: readonly string[],
  onLine: (line: string) => void,
): Promise<Ended> {
  // the port of the admin server is ours
  const args = [...process.execArgv, script, ...argv, ...words, '--admin=off'];
  // a group of its own: Ctrl-C on a terminal is told to us, and we tell it; two signals would have it leave with its work undone
  const child = children.spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  if (child.stdout) createInterface({ input: child.stdout }).on('line', onLine);
  return ended;
}
