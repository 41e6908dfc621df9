/** A whole number from 0 to below `end`. */
export type Below = (end: number) => number;

/** Random numbers that are the same for the same seed: mulberry32. */
export function mulberry32(seed: number): Below {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  };
}

/** One of the items. */
export function pick(below: Below, items: readonly string[]): string {
  return items[below(items.length)] ?? '';
}
