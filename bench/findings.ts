import { digits, table } from './table.ts';

/** A goal, and what was found. */
export interface Finding {
  readonly title: string;
  readonly asked: string;
  readonly found: number;
  /** How that is told, where it is no ratio. */
  readonly told?: string;
  readonly reached: boolean;
}

/** How fast something has to be beside something else. */
export interface Goal<Key> {
  readonly title: string;
  readonly of: Key;
  readonly beside: Key;
  /** `speed`: at least so many times as fast. `time`: it takes at most so many times as long. */
  readonly kind: 'speed' | 'time';
  readonly bound: number;
}

/** The goals of which both sides were measured, with the ratios of their medians. */
export function findingsOf<Key>(
  samples: { median(key: Key): { readonly seconds: number } | undefined },
  goals: readonly Goal<Key>[],
): Finding[] {
  return goals.flatMap(({ title, of, beside, kind, bound }) => {
    const [ours, theirs] = [samples.median(of)?.seconds, samples.median(beside)?.seconds];
    if (ours === undefined || theirs === undefined) return [];
    if (kind === 'speed')
      return [{ title, asked: `≥ ${digits(bound, 2)}×`, found: theirs / ours, reached: theirs / ours >= bound }];
    return [{ title, asked: `≤ ${digits(bound, 2)}×`, found: ours / theirs, reached: ours / theirs <= bound }];
  });
}

/** Findings as a table. @param who of whom they are: `sidekick/backup` */
export function goalTable(who: string, list: readonly Finding[]): string {
  const rows = list.map(({ title, asked, found, told = `${digits(found, 2)}×`, reached }) => [
    title,
    asked,
    told,
    reached ? 'yes' : 'NO',
  ]);
  return table([who, 'asked', 'found', 'reached'], rows);
}
