import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Packer } from '../archive/packer.ts';
import type { ByteSink } from '../bytes.ts';
import { fileOfGlobals, filesOfDatabase, isFramed } from '../catalog/keys.ts';
import type { SavedDatabase, SavedGlobals, StoredPart } from '../catalog/manifest.ts';
import { writeFacts } from '../databases/facts.ts';
import type { Target } from '../databases/open.ts';
import type { DatabaseServer, Snapshot } from '../databases/server.ts';
import type { EncryptTo } from '../encryption/header.ts';
import { walk } from '../sources/walk.ts';
import type { Copies } from './copies.ts';
import type { Gauge } from './gauge.ts';
import type { Tally } from './tally.ts';
import { CarriedPart, WrittenPart } from './written-part.ts';

/** How databases are saved. */
export interface DatabasesOptions {
  /** Of the run. */
  readonly id: string;
  readonly to: EncryptTo | undefined;
  /** Of zstd. */
  readonly level: number;
  readonly checksums: boolean;
  readonly globals: boolean;
  readonly tmp: string;
  readonly copies: Copies;
  readonly tally: Tally;
  readonly gauge: Gauge;
  readonly signal: AbortSignal;
  /** Hears of the key of each part that is encrypted. */
  readonly onKey: (file: string, key: Buffer | undefined) => void;
  /** About how many bytes the dump of a source will have in a store, where that is known. */
  readonly expected: (source: string) => number | undefined;
}

/** What was saved of databases. */
export interface SavedDatabases {
  readonly databases: readonly SavedDatabase[];
  readonly globals: readonly SavedGlobals[];
}

/**
 * snapshot → dump, and beside it what the tables hold → commit: one database after the other.
 * A part is committed only once its program has ended well; what was committed is removed with the run where that fails.
 * @throws DatabaseError; NoStoreLeft; the signal's reason.
 */
export async function saveDatabases(targets: readonly Target[], options: DatabasesOptions): Promise<SavedDatabases> {
  // beside the first dumps; what fails of the two ends the other
  const failed = new AbortController();
  const both = { ...options, signal: AbortSignal.any([options.signal, failed.signal]) };
  const end = ended(failed);
  const [globals, databases] = await Promise.allSettled([end(saveAllGlobals(targets, both)), end(saveEach(targets, both))]);
  failed.signal.throwIfAborted();
  if (globals.status === 'rejected') throw globals.reason;
  if (databases.status === 'rejected') throw databases.reason;
  return { databases: databases.value, globals: globals.value };
}

/** Works of which one that fails ends the others, with its own error for the reason. */
function ended(failed: AbortController): <T>(work: Promise<T>) => Promise<T> {
  return (work) =>
    work.catch((error: unknown) => {
      failed.abort(error);
      throw error;
    });
}

async function saveAllGlobals(targets: readonly Target[], options: DatabasesOptions): Promise<SavedGlobals[]> {
  const globals: SavedGlobals[] = [];
  const servers = new Set(targets.map(({ server }) => server));
  for (const [index, server] of options.globals ? [...servers].entries() : [])
    globals.push(await saveGlobals(server, index + 1, options));
  return globals;
}

async function saveEach(targets: readonly Target[], options: DatabasesOptions): Promise<SavedDatabase[]> {
  const databases: SavedDatabase[] = [];
  for (const [index, target] of targets.entries()) databases.push(await saveDatabase(target, index + 1, options));
  return databases;
}

async function saveDatabase({ server, look }: Target, number: number, options: DatabasesOptions): Promise<SavedDatabase> {
  const { id, to, checksums, tally, gauge } = options;
  // what fails of the two ends the other
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const snapshot = await server.snapshot(look, signal);
  gauge.database = snapshot;
  try {
    const { format } = snapshot;
    const files = filesOfDatabase(id, number, { database: look.database, format, encrypted: to !== undefined });
    const end = ended(failed);
    const counting = async () => {
      const facts = await snapshot.facts(checksums, signal);
      return { facts, tables: await saveBytes(writeFacts(facts), files.tables, options) };
    };
    const [dumped, counted] = await Promise.allSettled([end(saveDump(snapshot, files.dump, options, signal)), end(counting())]);
    // of the two the one that failed first
    failed.signal.throwIfAborted();
    if (dumped.status === 'rejected') throw dumped.reason;
    if (counted.status === 'rejected') throw counted.reason;
    const { facts, tables } = counted.value;
    for (const warning of [...look.warnings, ...dumped.value.warnings]) tally.warn(warning);
    const uncounted = facts.filter((fact) => fact.rows === null).map(({ table }) => table);
    if (uncounted.length > 0)
      tally.warn(
        `${look.source}: somebody has emptied or altered ${uncounted.join(', ')} meanwhile, or waits to: it is saved as it was, but its rows were not counted, and no drill compares it`,
      );
    gauge.dumped += snapshot.progress.total;
    const { source, database, server: release, tool, bytes, like } = look;
    const rows = facts.reduce((sum, fact) => sum + Number(fact.rows), 0);
    return {
      source,
      engine: server.engine,
      database,
      format,
      dump: dumped.value.part,
      tables,
      counts: { tables: facts.length, rows },
      checksums,
      bytes,
      server: release,
      tool,
      like,
      position: snapshot.position,
    };
  } finally {
    gauge.database = undefined;
    await snapshot.close();
  }
}

async function saveDump(
  snapshot: Snapshot,
  file: string,
  options: DatabasesOptions,
  signal: AbortSignal,
): Promise<{ readonly part: StoredPart; readonly warnings: readonly string[] }> {
  const { copies, to, level, onKey } = options;
  const expected = options.expected(snapshot.look.source);
  if (!isFramed(file)) {
    const carried = await CarriedPart.begin(copies, file, { to, expected });
    onKey(file, carried.fileKey);
    const warnings = await snapshot.dump(carried, signal);
    await carried.end();
    return { part: await carried.commit(), warnings };
  }
  const part = await WrittenPart.begin(copies, file, { to, level, expected });
  onKey(file, part.fileKey);
  try {
    const warnings =
      snapshot.format === 'directory'
        ? await packFolder(snapshot, part, options.tmp, signal)
        : await snapshot.dump(part.frames, signal);
    if (snapshot.format !== 'directory') await part.frames.end();
    return { part: await part.commit(), warnings };
  } finally {
    part.frames.close();
  }
}

/** A dump of many files: made on the disk, and packed. */
async function packFolder(snapshot: Snapshot, { frames }: WrittenPart, tmp: string, signal: AbortSignal): Promise<string[]> {
  const above = await mkdtemp(join(tmp, 'sidekick-dump-'));
  try {
    const folder = join(above, 'dump');
    await mkdir(folder, { mode: 0o700 });
    const warnings = await snapshot.dumpTo(folder, signal);
    const packer = new Packer(frames);
    const prefix = folder.length;
    const onTrouble = (path: Buffer, reason: string) => {
      throw new Error(`${path}: ${reason}`);
    };
    for (const { entry, path } of walk([folder], { exclude: [], avoid: [], onTrouble })) {
      signal.throwIfAborted();
      // names begin below the folder; an entry's has no first slash
      const name = entry.name.subarray(prefix);
      const { outcome, reason } = name.length > 0 ? await packer.add({ ...entry, name }, path) : { outcome: 'stored' };
      if (outcome !== 'stored') throw new Error(`${path}: ${outcome} ${reason ?? ''}`);
    }
    await packer.end();
    return warnings;
  } finally {
    await rm(above, { recursive: true, force: true });
  }
}

async function saveGlobals(server: DatabaseServer, number: number, options: DatabasesOptions): Promise<SavedGlobals> {
  const chunks: Uint8Array[] = [];
  const sink: ByteSink = { write: async (chunk) => void chunks.push(chunk), end: async () => {} };
  const warnings = await server.globals(sink, options.signal);
  for (const warning of warnings) options.tally.warn(warning);
  const file = fileOfGlobals(options.id, number, options.to !== undefined);
  return { server: server.name, engine: server.engine, sql: await saveBytes(Buffer.concat(chunks), file, options) };
}

/** Writes what is small. */
async function saveBytes(bytes: Uint8Array, file: string, { copies, to, level, onKey }: DatabasesOptions): Promise<StoredPart> {
  const part = await WrittenPart.begin(copies, file, { to, level, lanes: 1 });
  onKey(file, part.fileKey);
  try {
    await part.frames.write(bytes);
    await part.frames.end();
    return await part.commit();
  } finally {
    part.frames.close();
  }
}
