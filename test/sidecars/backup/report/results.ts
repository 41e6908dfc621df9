import type { Manifest } from '../../../../sidecars/backup/catalog/manifest.ts';
import type { RunResult } from '../../../../sidecars/backup/run/events.ts';

const part = { file: 'x', plainBytes: 3e9, plainSha256: '', storedBytes: 1.5 * 2 ** 30, storedSha256: '' };

/** What is known of a backup of db1. */
export const manifest: Manifest = {
  version: 1,
  id: '20261126T031500Z-3f9a2c',
  name: 'db1',
  kind: 'full',
  parent: null,
  started: '2026-11-26T03:15:00.000Z',
  finished: '2026-11-26T03:20:03.000Z',
  scheduled: '2026-11-26T03:15:00.000Z',
  host: 'web1',
  sources: ['/var/lib/db'],
  archive: part,
  index: { ...part, storedBytes: 0 },
  databases: [],
  globals: [],
  encryption: 'none',
  counts: { files: 1234, directories: 12, links: 0, others: 0, stored: 1246, deleted: 0 },
  bytes: { total: 3 * 2 ** 30, stored: 3 * 2 ** 30 },
  changed: { count: 0, paths: [] },
  unreadable: { count: 0, paths: [] },
  warnings: [],
  suspicious: null,
  verified: { at: '2026-11-26T03:21:00.000Z', how: 'content' },
  damaged: null,
  drilled: null,
  tools: {},
};

/** A run that saved it. */
export const saved: RunResult = {
  outcome: 'saved',
  reason: null,
  manifest,
  stores: [{ name: 's3://bucket/db1', failure: null, retained: 14, removed: 1 }],
  seconds: 303.4,
  code: 0,
};

/** A run that saved nothing, for a reason that has all that a template could stumble over. */
export const failed: RunResult = {
  outcome: 'failed',
  reason: 'no room for "db1"\n\\o/ {{name}}',
  manifest: null,
  stores: [{ name: 's3://bucket/db1', failure: 'full', retained: 0, removed: 0 }],
  seconds: 2,
  code: 1,
};
