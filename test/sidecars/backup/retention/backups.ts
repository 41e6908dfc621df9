import type { Candidate } from '../../../../sidecars/backup/retention/good.ts';
import type { Keep } from '../../../../sidecars/backup/retention/keep.ts';
import { keep } from '../../../../sidecars/backup/retention/keep.ts';
import { plan } from '../../../../sidecars/backup/retention/plan.ts';

/** A good full backup that was begun at a time, with what is different about it. */
export function backup(started: string, different: Partial<Candidate> = {}): Candidate {
  const time = new Date(started).toISOString();
  const id = `${time.replaceAll(/[-:]|\.\d+/g, '')}-000000`;
  return {
    id,
    kind: 'full',
    parent: null,
    started: time,
    suspicious: null,
    verified: null,
    damaged: null,
    drilled: null,
    ...different,
  };
}

/** A good differential one on a full one. */
export function differential(started: string, parent: Candidate, different: Partial<Candidate> = {}): Candidate {
  return backup(started, { kind: 'differential', parent: parent.id, ...different });
}

/** The verdict that a backup was read back and is as it should be. */
export const verified = { at: '2026-11-26T00:00:00.000Z', how: 'content' } as const;

/** What a plan keeps, as times without seconds, the newest first, with the reasons where they are asked for. */
export function kept(backups: readonly Candidate[], rules: string, options: { now?: string; timeZone?: string } = {}): string[] {
  return decided(backups, keep.parse(rules), options).map(({ time }) => time);
}

/** The same with the reasons. */
export function decided(
  backups: readonly Candidate[],
  rules: Keep,
  { now = '2026-11-26T12:00:00Z', timeZone = 'UTC' }: { now?: string; timeZone?: string } = {},
): { time: string; reasons: readonly string[] }[] {
  const byId = new Map(backups.map((one) => [one.id, one]));
  return plan(backups, rules, Date.parse(now), timeZone)
    .decisions.filter((decision) => decision.keep)
    .map(({ id, reasons }) => ({ time: byId.get(id)?.started.slice(0, 16) ?? '', reasons }));
}
