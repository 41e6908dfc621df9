import type { Manifest } from '../catalog/manifest.ts';
import { type Every, periodOf } from '../schedule/period.ts';

/** Whether a drill is due: none has come to an end in this period, for better or worse. */
export function isDrillDue(
  every: Every | 'never',
  backups: readonly Pick<Manifest, 'drilled'>[],
  { now, timeZone }: { readonly now: Date; readonly timeZone: string },
): boolean {
  if (every === 'never') return false;
  if (every === 'always') return true;
  const period = periodOf(every, now, timeZone);
  return !backups.some(
    ({ drilled }) =>
      drilled !== null && drilled.outcome !== 'undone' && periodOf(every, new Date(drilled.at), timeZone) === period,
  );
}
