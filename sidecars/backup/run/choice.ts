import { isGood, type Manifest } from '../catalog/manifest.ts';
import { type Every, periodOf } from '../schedule/period.ts';

/** What a run is to save: everything, or what has changed since `parent`. */
export type Choice =
  | { readonly kind: 'full'; readonly why: string }
  | { readonly kind: 'differential'; readonly parent: Manifest };

/** What the choice depends on. */
export interface Surroundings {
  /** How often everything is saved; a backup in between holds only what has changed since. */
  readonly every: Every;
  readonly now: Date;
  readonly timeZone: string;
  readonly sources: readonly string[];
  /** The backups in each of the stores that are written to. */
  readonly stores: readonly (readonly Manifest[])[];
}

/** Chooses what a run saves. A parent has to be in every store, to be good, and to be of the same sources. */
export function choose({ every, now, timeZone, sources, stores }: Surroundings): Choice {
  if (every === 'always') return { kind: 'full', why: 'every backup is a full one' };
  const [first = [], ...others] = stores;
  const goodIn = (backups: readonly Manifest[], id: string) => backups.some((backup) => backup.id === id && isGood(backup));
  const everywhere = first.filter(
    (backup) => backup.kind === 'full' && isGood(backup) && others.every((backups) => goodIn(backups, backup.id)),
  );
  const parent = everywhere.at(-1);
  if (parent === undefined) return { kind: 'full', why: 'no store has a full backup, or not all have the same one' };
  if (parent.sources.join('\n') !== sources.join('\n'))
    return { kind: 'full', why: 'the sources are others than those of the last one' };
  if (periodOf(every, new Date(parent.started), timeZone) !== periodOf(every, now, timeZone))
    return { kind: 'full', why: `the last one is not of this ${{ daily: 'day', weekly: 'week', monthly: 'month' }[every]}` };
  return { kind: 'differential', parent };
}
