import type { Schedule } from './cron.ts';
import { jitter } from './jitter.ts';
import { lastBefore, nextAfter } from './next.ts';

/** What it depends on whether a backup is due. All times are in milliseconds since 1970. */
export interface Situation {
  readonly schedule: Schedule;
  readonly timeZone: string;
  readonly now: number;
  /** When this sidecar began: no time of the schedule is missed by who was not there, unless a backup was made before. */
  readonly since: number;
  /** When the last run began, whoever asked for it and however it ended; undefined where none is known of. */
  readonly lastStarted: number | undefined;
  /** The most that a run is put off; see {@link jitter}. */
  readonly jitter: number;
  readonly key: string;
  /** Whether a time that was missed is made up for. Of several only the last one is. */
  readonly catchUp: boolean;
}

/** What is to be done about a schedule. */
export type Due =
  /** A run is to begin, for this time of the schedule; `missed` where it should have begun long before. */
  | { readonly run: true; readonly slot: number; readonly missed: boolean }
  /** The next run is at this time. */
  | { readonly run: false; readonly slot: number; readonly at: number };

/** So much later is still in time, in ms: a machine that was suspended looks at its clock once a minute. */
const punctual = 2 * 60_000;
/** A start that lies so far in the future was told by a wrong clock, and says nothing. */
const believable = 60_000;

/** Whether a run is due, and if not when one will be. To be asked again whenever time has passed or a run has ended. */
export function due(situation: Situation): Due {
  const { schedule, timeZone, now, since, catchUp } = situation;
  const last = lastBefore(schedule, now + 1, timeZone);
  if (last > handledUntil(situation)) {
    const delay = jitter(situation.jitter, last, situation.key);
    const missed = now > last + delay + punctual;
    // after a power failure all of them find that they missed something, and at the same moment
    const at = (since <= now ? Math.max(last, since) : last) + delay;
    if (!missed || catchUp) return now >= at ? { run: true, slot: last, missed } : { run: false, slot: last, at };
  }
  const next = nextAfter(schedule, now, timeZone);
  return { run: false, slot: next, at: next + jitter(situation.jitter, next, situation.key) };
}

/** Times of the schedule up to this one need nothing more. */
function handledUntil({ now, since, lastStarted }: Situation): number {
  const [known] = [lastStarted, since].filter((time) => time !== undefined && time <= now + believable);
  return known ?? Number.NEGATIVE_INFINITY;
}
