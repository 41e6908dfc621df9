import { createHash } from 'node:crypto';
import { messageOf } from '#shared/exit.ts';
import { FrameError } from '../archive/decompress.ts';
import { ArchiveError } from '../archive/errors.ts';
import { list } from '../archive/listing.ts';
import { TarParser } from '../archive/tar-parser.ts';
import type { ByteSource } from '../bytes.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { type Manifest, partsOf, type SavedDatabase, type StoredPart, type Verification } from '../catalog/manifest.ts';
import { BadManifest } from '../catalog/read-manifest.ts';
import { readFacts } from '../databases/facts.ts';
import { AgeError } from '../encryption/age-error.ts';
import type { DecryptWith } from '../encryption/header.ts';
import { plainOf } from '../reading/plain.ts';
import { Damaged, whole } from '../reading/whole.ts';
import { readIndex } from '../sources/index-reader.ts';
import { IndexError } from '../sources/index-record.ts';
import { StoreError } from '../stores/store.ts';

/** How a backup is read back. */
export interface VerifyOptions {
  /** What a part is decrypted with; where nothing is given for one, the stored bytes of an encrypted backup are all that can be compared. */
  readonly keyOf: (part: StoredPart) => DecryptWith | undefined;
  /** Hears of each piece that was found right, in bytes. */
  readonly onBytes: (bytes: number) => void;
  /** Whether tar-stream reads the archive in place of our own parser: slower, and nothing that we wrote judges itself. */
  readonly secondOpinion: boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads a backup back, and holds it against its manifest: the stored bytes, the plain ones, every header of the archive, and every record of
 * the index.
 * @throws what {@link isDamage} knows, which says which file and where; StoreError; the signal's reason.
 */
export async function verifyBackup(
  catalog: Catalog,
  backup: Manifest,
  options: VerifyOptions,
): Promise<Pick<Verification, 'how'>> {
  const { keyOf } = options;
  if (backup.encryption !== 'none' && partsOf(backup).some((part) => keyOf(part) === undefined)) {
    for (const part of partsOf(backup)) for await (const chunk of whole(catalog.read(part.file), part)) seen(options, chunk);
    return { how: 'stored' };
  }
  const plain = (part: StoredPart) => counted(plainOf(catalog, backup, part, keyOf(part)), part, (chunk) => seen(options, chunk));
  await verifyIndex(plain(backup.index), backup);
  for (const database of backup.databases) {
    await verifyTables(plain(database.tables), database);
    for await (const _ of plain(database.dump));
  }
  for (const { sql } of backup.globals) for await (const _ of plain(sql));
  const archive = plain(backup.archive);
  if (options.secondOpinion) await verifyBySecond(archive, backup.archive, options.signal);
  else await verifyArchive(archive, backup.archive);
  return { how: 'content' };
}

/** Whether an error says that a backup is not what was written, and not only that it could not be read. */
export function isDamage(error: unknown): boolean {
  if (error instanceof AgeError) return error.failure !== 'key';
  if (error instanceof StoreError) return error.failure === 'missing';
  return [Damaged, FrameError, ArchiveError, IndexError, BadManifest].some((kind) => error instanceof kind);
}

function seen({ onBytes, signal }: VerifyOptions, chunk: Uint8Array): void {
  signal.throwIfAborted();
  onBytes(chunk.length);
}

async function verifyIndex(index: ByteSource, { counts, index: { file } }: Manifest): Promise<void> {
  let records = 0;
  try {
    for await (const _ of readIndex(index)) records += 1;
  } catch (error) {
    throw error instanceof IndexError ? new Damaged(`${file}: ${messageOf(error)}`, { cause: error }) : error;
  }
  const expected = counts.files + counts.directories + counts.links + counts.others;
  if (records !== expected) throw new Damaged(`${file} has ${records} records, and its manifest speaks of ${expected}`);
}

async function verifyTables(tables: ByteSource, { counts, tables: { file } }: SavedDatabase): Promise<void> {
  let facts: readonly unknown[];
  try {
    facts = await readFacts(tables);
  } catch (error) {
    throw error instanceof SyntaxError ? new Damaged(`${file}: ${messageOf(error)}`, { cause: error }) : error;
  }
  if (facts.length !== counts.tables)
    throw new Damaged(`${file} tells of ${facts.length} tables, and its manifest speaks of ${counts.tables}`);
}

async function verifyArchive(archive: ByteSource, { file }: StoredPart): Promise<void> {
  const parser = new TarParser();
  try {
    for await (const chunk of archive) {
      parser.push(chunk);
      while (parser.next() !== undefined);
    }
    parser.end();
  } catch (error) {
    if (!isDamage(error)) throw error;
    if (error instanceof ArchiveError) throw new Damaged(`${file}: ${messageOf(error)}`, { cause: error });
    const last = parser.last === undefined ? '' : `; what comes behind /${parser.last.name} cannot be relied on`;
    throw new Damaged(`${messageOf(error)}${last}`, { cause: error });
  }
}

async function verifyBySecond(archive: ByteSource, { file }: StoredPart, signal: AbortSignal): Promise<void> {
  let last = '';
  try {
    for await (const { name } of list(archive)) last = `; what comes behind /${name} cannot be relied on`;
  } catch (error) {
    signal.throwIfAborted();
    // what tar-stream says of an archive that it cannot read is an error without a kind
    if (error instanceof StoreError || (error instanceof AgeError && error.failure === 'key')) throw error;
    const where = error instanceof Damaged ? '' : `${file}: `;
    throw new Damaged(where + messageOf(error) + last, { cause: error });
  }
}

/** Lets plain bytes pass, and holds them against what the manifest says of them. */
async function* counted(plain: ByteSource, part: StoredPart, onChunk: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of plain) {
    hash.update(chunk);
    bytes += chunk.length;
    onChunk(chunk);
    yield chunk;
  }
  if (bytes !== part.plainBytes)
    throw new Damaged(`${part.file} has ${bytes} plain bytes, and had ${part.plainBytes} when it was written`);
  if (hash.digest('hex') !== part.plainSha256) throw new Damaged(`${part.file}: its plain content is not what was written`);
}
