import type { Lifetime } from '#harness/at-end.ts';
import { seeded } from '#harness/random.ts';
import { messageOf } from '#shared/exit.ts';
import type { Outcome, Trap } from '../../test/sidecars/logs/traps/trap.ts';

/** One run of a trap, and the seed that makes the same of it again. */
export interface Run extends Outcome {
  readonly seed: number;
}

/** Plays a trap once, and ends all that it began. A run that fails in itself has broken what it was to show. */
export async function play(trap: Trap, seed: number): Promise<Run> {
  const ends: (() => unknown)[] = [];
  const t: Lifetime = { after: (end) => void ends.push(end as () => unknown), diagnostic: () => {} };
  try {
    return { seed, ...(await trap.play({ t, random: seeded(t, seed), scale: 'whole' })) };
  } catch (error) {
    return { seed, lost: [], duplicates: 0, broken: [messageOf(error)] };
  } finally {
    for (const end of ends) await end();
  }
}

/** Plays a trap so many times, some of them side by side. @param seed of the first; each further run has the next one. */
export async function playOften(trap: Trap, runs: number, lanes: number, seed: number): Promise<Run[]> {
  const seeds = Array.from({ length: runs }, (_, index) => seed + index);
  const found: Run[] = [];
  const lane = async () => {
    for (let next = seeds.shift(); next !== undefined; next = seeds.shift()) found.push(await play(trap, next));
  };
  await Promise.all(Array.from({ length: trap.alone ? 1 : lanes }, lane));
  return found;
}
