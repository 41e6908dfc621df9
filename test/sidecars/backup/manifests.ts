import { filesOf } from '../../../sidecars/backup/catalog/keys.ts';
import type { Manifest, StoredPart } from '../../../sidecars/backup/catalog/manifest.ts';

const part = (file: string): StoredPart => ({
  file,
  plainBytes: 10240,
  plainSha256: 'a'.repeat(64),
  storedBytes: 512,
  storedSha256: 'b'.repeat(64),
});

/** The manifest of a backup that went well; `more` says what is different. */
export function manifestOf(id: string, more: Partial<Manifest> = {}): Manifest {
  const kind = more.kind ?? 'full';
  const encryption = more.encryption ?? 'none';
  const files = filesOf(id, kind, encryption !== 'none');
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(id) ?? [];
  const started = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  return {
    version: 1,
    id,
    name: 'db1',
    kind,
    parent: null,
    started,
    finished: started,
    scheduled: null,
    host: 'host',
    sources: ['/data'],
    archive: part(files.archive),
    index: part(files.index),
    databases: [],
    globals: [],
    encryption,
    counts: { files: 100, directories: 3, links: 0, others: 0, stored: 103, deleted: 0 },
    bytes: { total: 1000, stored: 1000 },
    changed: { count: 0, paths: [] },
    unreadable: { count: 0, paths: [] },
    warnings: [],
    suspicious: null,
    verified: null,
    damaged: null,
    drilled: null,
    tools: { sidekick: '0.1.0' },
    ...more,
  };
}
