import { sleep } from '#shared/retry.ts';
import type { Due } from './due.ts';

/** The clock that is looked at, and how often. */
export interface Watch {
  readonly now: () => number;
  /** The longest time between two looks, in milliseconds. */
  readonly glance: number;
}

/**
 * Waits until a run is due. What is due is decided anew at each look: a timer alone stands still while the machine is suspended, and a clock
 * that is set knows nothing of timers.
 * @param decide what is due at this time; it may note what it decided.
 * @returns the run that is due; undefined where the signal aborted.
 */
export async function untilDue(
  decide: (now: number) => Due,
  signal: AbortSignal,
  { now, glance }: Watch = { now: Date.now, glance: 60_000 },
): Promise<(Due & { readonly run: true }) | undefined> {
  while (!signal.aborted) {
    const time = now();
    const decision = decide(time);
    if (decision.run) return decision;
    await sleep(Math.max(1, Math.min(decision.at - time, glance)), signal);
  }
  return undefined;
}
