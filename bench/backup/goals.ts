import { type Finding, findingsOf, type Goal } from '../findings.ts';
import type { Key, Results } from './results.ts';

/** What the sidecar is built to reach. */
export const goals: readonly Goal<Key>[] = [
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

/** The goals of which both sides were measured. */
export function findings(results: Results, all: readonly Goal<Key>[] = goals): Finding[] {
  return findingsOf(results, all);
}

function speed(corpus: Key['corpus'], job: Key['job'], peer: string, bound: number): Goal<Key> {
  const key = { corpus, setting: 'plain', job } as const;
  const title = `${corpus}, ${job}: the speed of ${peer}`;
  return { title, of: { ...key, peer: 'sidekick' }, beside: { ...key, peer }, kind: 'speed', bound };
}

function encrypted(corpus: Key['corpus'], job: Key['job'], plain: Key['setting'], setting: Key['setting']): Goal<Key> {
  const key = { corpus, job, peer: 'sidekick' } as const;
  const title = `${corpus}, ${job}: the time of ${setting} beside ${plain}`;
  return { title, of: { ...key, setting }, beside: { ...key, setting: plain }, kind: 'time', bound: 1.15 };
}
