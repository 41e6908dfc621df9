import { messageOf } from '#shared/exit.ts';
import type { ByteSource } from '../bytes.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Drilled, Manifest, SavedDatabase, StoredPart } from '../catalog/manifest.ts';
import type { BackupSettings } from '../config.ts';
import { compareFacts, readFacts, type TableFacts } from '../databases/facts.ts';
import { DatabaseError } from '../databases/failure.ts';
import { serverOf } from '../databases/open.ts';
import type { DecryptWith } from '../encryption/header.ts';
import { plainOf } from '../reading/plain.ts';
import { isDamage } from '../verify/verify.ts';
import { addressOfSource } from './address.ts';

/** How many differences a message names. */
const named = 3;

/** What a drill is made with. */
export interface DrillOptions {
  readonly settings: BackupSettings;
  /** What a part is decrypted with. */
  readonly keyOf: (part: StoredPart) => DecryptWith | undefined;
  /** Hears of each piece of a dump that was read, in bytes. */
  readonly onBytes: (bytes: number) => void;
  /** Called once a database is restored, and its tables are looked at. */
  readonly onComparing: () => void;
  readonly signal: AbortSignal;
}

/**
 * Restores each database of a backup into a scratch database, compares every table with what was saved of it, and drops it again. Nothing is
 * ever written but to scratch databases, whose names are made up here.
 * @throws the signal's reason; whatever says neither that the backup is bad nor that it cannot be tried.
 */
export async function drill(catalog: Catalog, backup: Manifest, options: DrillOptions): Promise<Drilled> {
  const begun = performance.now();
  const compared: TableFacts[] = [];
  let outcome: Drilled['outcome'] = 'proven';
  const reasons: string[] = [];
  for (const database of backup.databases) {
    try {
      const { facts, differences } = await drillOne(catalog, backup, database, options);
      compared.push(...facts);
      if (differences.length === 0) continue;
      outcome = 'disproved';
      const more = differences.length > named ? `, and ${differences.length - named} more tables differ` : '';
      const first = differences.slice(0, named).map(({ table, what }) => `${table} ${what}`);
      reasons.push(`${database.source}: ${first.join(', ')}${more}`);
    } catch (error) {
      options.signal.throwIfAborted();
      const found = outcomeOf(error);
      if (found === undefined) throw error;
      outcome = outcome === 'disproved' ? outcome : found;
      reasons.push(`${database.source}: ${messageOf(error)}`);
    }
  }
  return {
    at: new Date().toISOString(),
    seconds: (performance.now() - begun) / 1000,
    outcome,
    reason: reasons.length === 0 ? null : reasons.join('; '),
    tables: compared.length,
    rows: compared.reduce((sum, { rows }) => sum + Number(rows), 0),
    checksums: backup.databases.every(({ checksums }) => checksums),
  };
}

async function drillOne(catalog: Catalog, backup: Manifest, saved: SavedDatabase, options: DrillOptions) {
  const { settings, keyOf, onBytes, signal } = options;
  const plain = (part: StoredPart) => plainOf(catalog, backup, part, keyOf(part));
  const facts = await readFacts(plain(saved.tables));
  // a backup may have databases of both kinds
  const other = settings.drillUrl?.engine === saved.engine ? settings.drillUrl : undefined;
  const { server } = serverOf(other ?? addressOfSource(saved.source, settings), settings);
  const scratch = await server.scratch(saved.like);
  let restored: TableFacts[];
  try {
    await server.restore(() => counted(plain(saved.dump), onBytes), {
      database: scratch.database,
      format: saved.format,
      tool: saved.tool,
      ...{ clean: false, noOwner: true, tables: [], occupied: false, inert: true },
      jobs: settings.pgJobs,
      signal,
    });
    options.onComparing();
    restored = await server.facts(scratch.database, saved.checksums, signal);
  } catch (error) {
    // it tells more than that the scratch database cannot be dropped, either: the next drill does that
    await scratch.drop().catch(() => {});
    throw error;
  }
  await scratch.drop();
  // where nothing could be counted in the state that was dumped, nothing is compared
  return { facts, differences: facts.length === 0 ? [] : compareFacts(facts, restored) };
}

/** What a server says where not the backup is to blame, but itself, its role, or the way there. */
const circumstances = new RegExp(
  [
    'No space left on device|out of memory|lock timeout|statement timeout|deadlock detected|connection slots',
    'closed the connection|connection to server .* failed|could not (send data to|receive data from) server|[Cc]onnection reset',
    'terminating connection|shutting down|starting up|recovery mode',
    'permission denied|[Mm]ust be (superuser|owner)|extension "[^"]+" is not available|could not (open extension control|access) file',
  ].join('|'),
);

/** Whether an error says that a backup cannot be restored, or only that it could not be tried; undefined where neither. */
function outcomeOf(error: unknown): Exclude<Drilled['outcome'], 'proven'> | undefined {
  if (isDamage(error)) return 'disproved';
  if (!(error instanceof DatabaseError)) return undefined;
  if (error.failure === 'other') return circumstances.test(error.message) ? 'undone' : 'disproved';
  return 'undone';
}

async function* counted(source: ByteSource, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    onBytes(chunk.length);
    yield chunk;
  }
}
