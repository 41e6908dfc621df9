import { digits, table } from '../table.ts';
import type { Key, Results } from './results.ts';

/** How fast something has to be beside something else. */
export interface Goal {
  readonly title: string;
  readonly of: Key;
  readonly beside: Key;
  /** `speed`: at least so many times as fast. `time`: it takes at most so many times as long. */
  readonly kind: 'speed' | 'time';
  readonly bound: number;
}

/** A goal, and what was found. */
export interface Finding {
  readonly title: string;
  readonly asked: string;
  readonly found: number;
  /** How that is told, where it is no ratio. */
  readonly told?: string;
  readonly reached: boolean;
}

/** What the sidecar is built to reach. */
export const goals: readonly Goal[] = [
  speed('small', 'first', 'tar-zstd', 0.8),
  speed('big', 'first', 'tar-zstd', 1),
  speed('small', 'first', 'restic', 2.5),
  speed('big', 'first', 'restic', 2.5),
  speed('small', 'again', 'restic', 4),
  speed('big', 'again', 'restic', 4),
  speed('small', 'restore', 'tar-zstd', 0.9),
  speed('big', 'restore', 'tar-zstd', 0.9),
  ...(['small', 'big'] as const).flatMap((corpus) =>
    (['first', 'restore'] as const).map((job) => encrypted(corpus, job, 'plain', 'age')),
  ),
  ...(['small', 'big'] as const).map((corpus) => encrypted(corpus, 'first', 's3', 's3-age')),
];

/** The goals of which both sides were measured, with the ratios of their medians. */
export function findings(results: Results, all: readonly Goal[] = goals): Finding[] {
  return all.flatMap(({ title, of, beside, kind, bound }) => {
    const [ours, theirs] = [results.median(of)?.seconds, results.median(beside)?.seconds];
    if (ours === undefined || theirs === undefined) return [];
    if (kind === 'speed')
      return [{ title, asked: `≥ ${digits(bound, 2)}×`, found: theirs / ours, reached: theirs / ours >= bound }];
    return [{ title, asked: `≤ ${digits(bound, 2)}×`, found: ours / theirs, reached: ours / theirs <= bound }];
  });
}

/** Findings as a table. */
export function goalTable(list: readonly Finding[]): string {
  const rows = list.map(({ title, asked, found, told = `${digits(found, 2)}×`, reached }) => [
    title,
    asked,
    told,
    reached ? 'yes' : 'NO',
  ]);
  return table(['sidekick/backup', 'asked', 'found', 'reached'], rows);
}

function speed(corpus: Key['corpus'], job: Key['job'], peer: string, bound: number): Goal {
  const key = { corpus, setting: 'plain', job } as const;
  const title = `${corpus}, ${job}: the speed of ${peer}`;
  return { title, of: { ...key, peer: 'sidekick' }, beside: { ...key, peer }, kind: 'speed', bound };
}

function encrypted(corpus: Key['corpus'], job: Key['job'], plain: Key['setting'], setting: Key['setting']): Goal {
  const key = { corpus, job, peer: 'sidekick' } as const;
  const title = `${corpus}, ${job}: the time of ${setting} beside ${plain}`;
  return { title, of: { ...key, setting }, beside: { ...key, setting: plain }, kind: 'time', bound: 1.15 };
}
