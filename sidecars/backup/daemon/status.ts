import type { Record } from './record.ts';

/** What `/status` tells of the backups. */
export function statusOf(record: Record): { readonly [name: string]: unknown } {
  const time = (milliseconds: number | undefined) => (milliseconds === undefined ? null : new Date(milliseconds).toISOString());
  return {
    next: time(record.next),
    overdue: record.overdue(Date.now()),
    running: record.progress ?? null,
    lastRun: record.lastRun ?? null,
    lastGood: record.lastGood ?? null,
    lastDrill: record.lastDrill ?? null,
    runs: record.runs,
  };
}
