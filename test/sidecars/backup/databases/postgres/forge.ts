import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Manifest, StoredPart } from '../../../../../sidecars/backup/catalog/manifest.ts';
import type { TableFacts } from '../../../../../sidecars/backup/databases/facts.ts';

// Backups in a folder that say other things than are true, and whose hashes are right all the same.

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Puts other bytes in the place of a part, and what they are into the manifest. */
function replace(store: string, manifest: Manifest, part: 'dump' | 'tables', plain: Uint8Array): void {
  const [database, ...others] = manifest.databases;
  if (database === undefined) throw new Error(`${manifest.id} has no database`);
  const { file } = database[part];
  const stored = file.endsWith('.zst') ? zstdCompressSync(plain, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }) : plain;
  const made: StoredPart = {
    file,
    plainBytes: plain.length,
    plainSha256: sha256(plain),
    storedBytes: stored.length,
    storedSha256: sha256(stored),
  };
  writeFileSync(join(store, file), stored);
  const databases = [{ ...database, [part]: made }, ...others];
  writeFileSync(join(store, `${manifest.id}.json`), JSON.stringify({ ...manifest, databases }));
}

/** Has a backup without encryption say other things of its tables. */
export function forgeFacts(store: string, manifest: Manifest, change: (fact: TableFacts) => TableFacts): void {
  const file = manifest.databases[0]?.tables.file ?? '';
  const lines = zstdDecompressSync(readFileSync(join(store, file)))
    .toString()
    .trimEnd()
    .split('\n');
  const forged = lines.map((line) => `${JSON.stringify(change(JSON.parse(line)))}\n`).join('');
  replace(store, manifest, 'tables', Buffer.from(forged));
}

/** Puts the dump of another backup in the place of a backup's own. */
export function swapDump(store: string, manifest: Manifest, other: Manifest): void {
  const { file = '' } = other.databases[0]?.dump ?? {};
  const stored = readFileSync(join(store, file));
  replace(store, manifest, 'dump', file.endsWith('.zst') ? zstdDecompressSync(stored) : stored);
}
