import { type Drilled, isGood, type Manifest } from '../catalog/manifest.ts';
import type { Outcome, Progress, RunResult, StoreResult } from '../run/events.ts';
import type { Schedule } from '../schedule/cron.ts';
import { nextAfter } from '../schedule/next.ts';

/** What decides whether the last good backup is too old. */
export interface Punctuality {
  readonly schedule: Schedule;
  readonly timeZone: string;
  /** How much later than its time of the schedule a backup may be there, in ms. */
  readonly overdue: number;
}

/** What the daemon knows of its runs and of the backups that there are: what metrics, health and `/status` tell. */
export class Record {
  /** When the daemon began, in ms since 1970. */
  readonly since: number;
  readonly runs: { [K in Outcome]: number } = { saved: 0, partial: 0, suspicious: 0, unproven: 0, skipped: 0, failed: 0 };
  /** The newest backup that is called good. */
  lastGood: Manifest | undefined;
  /** The last drill, and what came out. */
  lastDrill: Drilled | undefined;
  /** When the last run began, of whoever made it, in ms since 1970. */
  lastStarted: number | undefined;
  lastRun: RunResult | undefined;
  /** The last run that tells whether this sidecar is well: one that was left to somebody else does not. */
  lastOwn: RunResult | undefined;
  /** What the last run that used the stores found in each. */
  stores: readonly StoreResult[] = [];
  /** How far the present run is; undefined where there is none. */
  progress: Progress | undefined;
  /** When the next run is due, in ms since 1970. */
  next: number | undefined;
  readonly #punctuality: Punctuality;

  constructor(since: number, punctuality: Punctuality) {
    this.since = since;
    this.#punctuality = punctuality;
  }

  /** Takes what the stores have. */
  remember(backups: readonly Manifest[]): void {
    const last = backups.at(-1);
    this.lastGood = backups.findLast(isGood);
    for (const backup of backups) this.#drilled(backup);
    if (last !== undefined) this.lastStarted = Math.max(this.lastStarted ?? 0, Date.parse(last.started));
  }

  /** A run begins. */
  begin(now: number): void {
    this.lastStarted = now;
    this.progress = { phase: 'waiting', bytes: 0, total: undefined, files: 0 };
  }

  /** A run has ended. */
  end(result: RunResult): void {
    this.progress = undefined;
    this.lastRun = result;
    if (result.outcome !== 'skipped' || result.manifest !== null) this.lastOwn = result;
    if (result.stores.length > 0) this.stores = result.stores;
    this.runs[result.outcome] += 1;
    const { manifest } = result;
    if (manifest !== null) this.#drilled(manifest);
    // ids tell seconds apart, and no less
    if (manifest !== null && isGood(manifest) && manifest.started > (this.lastGood?.started ?? '')) this.lastGood = manifest;
  }

  #drilled({ drilled }: Pick<Manifest, 'drilled'>): void {
    if (drilled !== null && Date.parse(drilled.at) > Date.parse(this.lastDrill?.at ?? '1970-01-01')) this.lastDrill = drilled;
  }

  /** Whether a backup should have been there by now and is not. */
  overdue(now: number): boolean {
    const { schedule, timeZone, overdue } = this.#punctuality;
    const good = this.lastGood === undefined ? this.since : Date.parse(this.lastGood.started);
    return now > nextAfter(schedule, good, timeZone) + overdue;
  }
}
