import type { Lifetime } from './at-end.ts';

/** Random numbers that are the same for the same seed. */
export interface Random {
  /** A number from 0 to below 1. */
  readonly next: () => number;
  /** A whole number from 0 to below `end`. */
  readonly below: (end: number) => number;
  /** One of the items. @throws Error where there are none. */
  readonly pick: <T>(items: readonly T[]) => T;
  /** One of the keys, each as often as its weight says. @throws Error where no weight is above 0. */
  readonly weighted: <K extends string>(weights: Readonly<Record<K, number>>) => K;
}

/**
 * A generator for one test, by the seed in `SIDEKICK_TEST_SEED` or one made of the clock; the test says which,
 * so that a failure can be had again. The algorithm is mulberry32.
 */
export function seeded(t: Lifetime, seed = Number(process.env.SIDEKICK_TEST_SEED ?? Date.now() % 2 ** 32)): Random {
  t.diagnostic(`SIDEKICK_TEST_SEED=${seed}`);
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  };
  const weighted = <K extends string>(weights: Readonly<Record<K, number>>): K => {
    const entries = Object.entries<number>(weights) as [K, number][];
    let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    throw new Error('no weight is above 0');
  };
  return { next, below, pick, weighted };
}
