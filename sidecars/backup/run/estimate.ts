import { walk } from '../sources/walk.ts';

/**
 * How many bytes the sources have, for who looks on: a first backup has no other one to be measured by. It takes about a tenth of the time
 * of reading them, and so is spent only on a terminal.
 */
export function estimate(
  { sources, avoid }: { readonly sources: readonly string[]; readonly avoid: readonly string[] },
  exclude: readonly string[],
): number | undefined {
  if (!process.stdout.isTTY) return undefined;
  let bytes = 0;
  for (const { entry } of walk(sources, { exclude, avoid, onTrouble: () => {} })) bytes += entry.size;
  return bytes;
}
