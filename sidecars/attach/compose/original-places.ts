import type { Place } from '../wish/wish.ts';

/**
 * Where a place in a text is in the text that it was made from by taking lines out. A line that was changed is where those around it are.
 * @param given the text that a person has before them
 * @param read the one that was read in its stead
 */
export function originalPlace(given: string, read: string, { line, column }: Place): Place {
  const [before, after] = [given.split('\n'), read.split('\n')];
  const lengths = commonLengths(before, after);
  let [at, left] = [0, 0];
  while (left < line - 1 && at < before.length) {
    if (before[at] === after[left]) {
      at += 1;
      left += 1;
    } else if ((lengths[at + 1]?.[left] ?? 0) >= (lengths[at]?.[left + 1] ?? 0)) at += 1;
    else left += 1;
  }
  // lines that were taken out right above it
  const target = before.indexOf(after[line - 1] ?? '', at);
  const isNear = target !== -1 && lengths[target]?.[line - 1] === lengths[at]?.[line - 1];
  return { line: (isNear ? target : at) + 1, column };
}

/** How many lines both have in common from each pair on: the longest common subsequence. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const [here, below] = [lengths[i] as Uint32Array, lengths[i + 1] as Uint32Array];
      here[j] = before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, here[j + 1] ?? 0);
    }
  return lengths;
}
