import type { Goal } from '../findings.ts';
import type { Key } from './results.ts';

/** What the sidecar is built to reach: it carries what pg_dump compresses. */
export const goals: readonly Goal<Key>[] = [
  speed('pg_dump -Fc -Z zstd:3 | rclone rcat', 'pg_dump-zstd', 0.95),
  speed('pg_dump | gzip | rclone rcat', 'pg_dump-gzip', 2),
];

function speed(title: string, peer: string, bound: number): Goal<Key> {
  const key = { setting: 's3', job: 'first' } as const;
  return {
    title: `a dump to S3: the speed of ${title}`,
    of: { ...key, peer: 'sidekick' },
    beside: { ...key, peer },
    kind: 'speed',
    bound,
  };
}
