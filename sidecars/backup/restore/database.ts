import { Exit, exitCode } from '#shared/exit.ts';
import type { Log } from '#shared/log.ts';
import type { ByteSource } from '../bytes.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Manifest, SavedDatabase, StoredPart } from '../catalog/manifest.ts';
import { nameOfDatabase } from '../databases/address.ts';
import { compareFacts, readFacts, type TableDifference } from '../databases/facts.ts';
import { DatabaseError } from '../databases/failure.ts';
import type { DatabaseServer } from '../databases/server.ts';
import type { DecryptWith } from '../encryption/header.ts';
import { plainOf } from '../reading/plain.ts';

/** How a database is brought back. */
export interface DatabaseRestore {
  readonly server: DatabaseServer;
  /** The name that it gets there. */
  readonly database: string;
  readonly clean: boolean;
  readonly overwrite: boolean;
  readonly tables: readonly string[];
  readonly noOwner: boolean;
  /** Whether the tables are not compared with what was saved. */
  readonly unchecked: boolean;
  readonly jobs: number;
  readonly key: DecryptWith | undefined;
  /** Hears of each piece of the dump that was read, in bytes. */
  readonly onBytes: (bytes: number) => void;
  /** Called once it is restored, and its tables are looked at. */
  readonly onComparing: () => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What became of it. */
export interface RestoredDatabase {
  /** Where it is now, as messages name it. */
  readonly place: string;
  /** Roles that were made, as they were missing. */
  readonly roles: readonly string[];
  /** What is not as it was saved; undefined where that was not looked at. */
  readonly differences: readonly TableDifference[] | undefined;
}

/**
 * roles → database → dump → compare: brings a database of a backup back.
 * @throws DatabaseError: `occupied` where there is something in it and nothing said that this is meant. NoKey, AgeError, Damaged, StoreError.
 */
export async function restoreDatabase(
  catalog: Catalog,
  backup: Manifest,
  saved: SavedDatabase,
  asked: DatabaseRestore,
): Promise<RestoredDatabase> {
  const { server, database, clean, overwrite, tables, noOwner, unchecked, jobs, key, onBytes, log, signal } = asked;
  const place = nameOfDatabase(server.name, database);
  if (server.engine !== saved.engine)
    throw new Exit(exitCode.settings, `${saved.source} cannot be restored to ${place}, which is another kind of server`);
  const plain = (part: StoredPart) => plainOf(catalog, backup, part, key);
  // whether the key is the right one is seen before anything is written
  const facts = await readFacts(plain(saved.tables));
  const state = await server.stateOf(database);
  if (state === 'occupied' && !clean && !overwrite)
    throw new DatabaseError(
      'occupied',
      `${place} is not empty; name another database, which is made where it is missing, or add --clean to drop what is to come again`,
    );
  const roles = noOwner || tables.length > 0 ? [] : await restoreRoles(backup, saved, server, plain, signal);
  if (state === 'missing') {
    await server.create(database, saved.like);
    log.info(`made the database ${place}`);
  }
  await server.restore(() => counted(plain(saved.dump), onBytes), {
    ...{ database, format: saved.format, tool: saved.tool, clean, noOwner, tables, jobs, signal },
    occupied: state === 'occupied',
    inert: false,
  });
  if (state === 'missing' && !noOwner && tables.length === 0) await server.settle?.(database, saved.like);
  const whole = tables.length === 0 && (state !== 'occupied' || clean);
  if (unchecked || !whole) return { place, roles, differences: undefined };
  asked.onComparing();
  const restored = await server.facts(database, saved.checksums, signal);
  // nothing could be counted in the state that was dumped
  if (facts.length === 0 && restored.length > 0) return { place, roles, differences: undefined };
  const differences = compareFacts(facts, restored);
  // of what was there besides nobody has said anything
  return {
    place,
    roles,
    differences:
      state === 'empty' || state === 'missing' ? differences : differences.filter(({ what }) => what !== 'was not there'),
  };
}

async function restoreRoles(
  { globals }: Manifest,
  { source }: SavedDatabase,
  server: DatabaseServer,
  plain: (part: StoredPart) => ByteSource,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const saved = globals.find((one) => source.startsWith(`${one.server}/`));
  if (saved === undefined) return [];
  const chunks: Uint8Array[] = [];
  for await (const chunk of plain(saved.sql)) chunks.push(chunk);
  try {
    return await server.restoreGlobals(Buffer.concat(chunks).toString('utf8'), signal);
  } catch (error) {
    if (!(error instanceof DatabaseError && error.failure === 'denied')) throw error;
    throw new DatabaseError(
      'denied',
      `${error.message}: roles that the database needs are missing, and may not be made by this role; restore as one who may, make them first, or add --no-owner`,
      { cause: error },
    );
  }
}

async function* counted(source: ByteSource, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    onBytes(chunk.length);
    yield chunk;
  }
}
