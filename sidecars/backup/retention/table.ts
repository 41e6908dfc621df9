import type { Manifest } from '../catalog/manifest.ts';
import { amountOfBytes } from '../report/amounts.ts';
import { aligned } from '../report/table.ts';
import type { PrunePlan } from './plan.ts';

/** What of a backup is shown beside what becomes of it. */
export type Shown = Pick<Manifest, 'id' | 'kind' | 'started' | 'archive' | 'index'>;

/**
 * A plan as a table for people, the newest first, with what it would free.
 * @param backups those that the plan was made for.
 * @param timeZone in which the times are shown, as the rules mean them.
 */
export function renderPlan({ decisions, refusal }: PrunePlan, backups: readonly Shown[], timeZone: string): string {
  if (decisions.length === 0) return 'There are no backups.\n';
  const known = new Map(backups.map((backup) => [backup.id, backup]));
  const rows = decisions.map(({ id, keep, reasons }) => {
    const backup = known.get(id);
    return [
      keep ? 'keep' : 'REMOVE',
      id,
      backup?.kind ?? '',
      backup === undefined ? '' : localTime(backup.started, timeZone),
      backup === undefined ? '' : amountOfBytes(sizeOf(backup)),
      reasons.join('; '),
    ];
  });
  const table = aligned([['', 'id', 'kind', `begun (${timeZone})`, 'size', 'why'], ...rows], ['size']);
  const removed = decisions.filter(({ keep }) => !keep).map(({ id }) => known.get(id));
  const freed = removed.reduce((sum, backup) => sum + (backup === undefined ? 0 : sizeOf(backup)), 0);
  const result =
    removed.length === 0
      ? `${decisions.length} to keep, none to remove`
      : `${decisions.length - removed.length} to keep, ${removed.length} to remove, which frees ${amountOfBytes(freed)}`;
  return [...table, '', refusal === undefined ? `${result}.` : `Refused: ${refusal}.`, ''].join('\n');
}

function sizeOf({ archive, index }: Shown): number {
  return archive.storedBytes + index.storedBytes;
}

function localTime(time: string, timeZone: string): string {
  const at = Temporal.Instant.from(time).toZonedDateTimeISO(timeZone);
  return `${at.toPlainDate()} ${at.toPlainTime().toString({ smallestUnit: 'second' })}`;
}
