import { watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ByteSink } from '../../bytes.ts';
import type { TableFacts } from '../facts.ts';
import { DatabaseError } from '../failure.ts';
import { Program, whyFailed } from '../program.ts';
import type { DatabaseLook, DumpFormat, Snapshot } from '../server.ts';
import { type TableRow, tablesQuery } from './catalogue.ts';
import { Session } from './client.ts';
import { type Connection, environmentOf } from './connection.ts';
import { CopyProgress, type CopyRow } from './copy-progress.ts';
import { factsOf } from './facts.ts';
import { changedTables } from './locks.ts';
import type { Tools } from './tools.ts';

/** How often the server is asked how far a dump is, in ms. */
const glance = 500;
/** The first release whose pg_dump compresses with zstd. */
const zstdSince = 16;

/** What a snapshot is taken of, and by which programs. */
export interface SnapshotOptions {
  readonly connection: Connection;
  readonly look: DatabaseLook;
  readonly tools: Tools;
  /** Of zstd. */
  readonly level: number;
  /** Tables that are dumped at once. */
  readonly jobs: number;
  /** For how long a lock is waited for, in ms. */
  readonly lockTimeout: number;
}

/**
 * An exported snapshot: pg_dump reads by it, and so does our own session, which holds it open meanwhile.
 * https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
 */
export class PostgresSnapshot implements Snapshot {
  readonly look: DatabaseLook;
  readonly format: DumpFormat;
  readonly position = null;
  readonly #options: SnapshotOptions;
  readonly #session: Session;
  readonly #id: string;
  readonly #copying: CopyProgress;
  /** Resolves once pg_dump has the locks that it needs: it writes nothing before. */
  readonly #locked = Promise.withResolvers<void>();

  /** As they were when it was taken. */
  readonly #tables: readonly TableRow[];

  private constructor(options: SnapshotOptions, session: Session, id: string, tables: readonly TableRow[]) {
    this.look = options.look;
    this.format = options.jobs > 1 ? 'directory' : options.tools.major < zstdSince ? 'custom-plain' : 'custom';
    this.#options = options;
    this.#session = session;
    this.#id = id;
    this.#tables = tables;
    this.#copying = new CopyProgress(tables);
  }

  /** @param session is closed with it, or where none can be taken. @throws DatabaseError; the reason of the session's signal. */
  static async take(session: Session, options: SnapshotOptions): Promise<PostgresSnapshot> {
    try {
      await session.rows('begin isolation level repeatable read read only');
      const { id } = await session.row<{ id: string }>('select pg_catalog.pg_export_snapshot() as id');
      return new PostgresSnapshot(options, session, id, await session.rows<TableRow>(tablesQuery));
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get progress(): { readonly bytes: number; readonly total: number } {
    return this.#copying;
  }

  dump(sink: ByteSink, signal: AbortSignal): Promise<string[]> {
    return this.#pgDump(['--format=custom'], sink, signal);
  }

  async dumpTo(folder: string, signal: AbortSignal): Promise<string[]> {
    const silent = { write: async () => {}, end: async () => {} };
    const watcher = watch(folder, () => this.#locked.resolve());
    try {
      return await this.#pgDump(['--format=directory', `--jobs=${this.#options.jobs}`, `--file=${folder}`], silent, signal);
    } finally {
      watcher.close();
    }
  }

  /** @param sink takes what it writes to its standard output. */
  async #pgDump(how: readonly string[], sink: ByteSink, signal: AbortSignal): Promise<string[]> {
    const { connection, tools, level, lockTimeout, look } = this.#options;
    const args = [
      ...how,
      `--compress=${tools.major >= zstdSince ? `zstd:${level}` : '0'}`,
      `--snapshot=${this.#id}`,
      `--lock-wait-timeout=${lockTimeout}`,
      '--no-password',
    ];
    const program = new Program(`${tools.folder}/pg_dump`, args, { env: environmentOf(connection, look.database), signal });
    program.stdin.end();
    const watching = new AbortController();
    const watched = this.#watch(watching.signal);
    try {
      for await (const chunk of program.stdout) {
        this.#locked.resolve();
        await sink.write(chunk);
      }
    } catch (error) {
      program.stop();
      await program.ended;
      throw error;
    } finally {
      watching.abort();
      await watched;
    }
    const end = await program.ended;
    this.#locked.resolve();
    signal.throwIfAborted();
    const why = whyFailed(`${look.tool} of ${look.source}`, end);
    if (why !== undefined) throw new DatabaseError('other', `${why}${this.#remedyOf(why)}; nothing of it is kept`);
    return end.said === '' ? [] : end.said.split('\n').map((line) => `${look.source}: ${line}`);
  }

  #remedyOf(why: string): string {
    if (/statement timeout.*LOCK TABLE/.test(why))
      return ': somebody keeps one of them locked for longer than BACKUP_PG_LOCK_TIMEOUT';
    return this.format === 'directory' && why.includes('No space left on device') ? ': make room in BACKUP_TMP' : '';
  }

  async facts(checksums: boolean, signal: AbortSignal): Promise<TableFacts[]> {
    // who asks for a whole table between our lock and pg_dump's would wait for us, and pg_dump for them
    signal.addEventListener('abort', () => this.#locked.resolve());
    if (!signal.aborted) await this.#locked.promise;
    signal.throwIfAborted();
    const uncounted = await changedTables(this.#session, this.#tables);
    return factsOf(this.#session, { checksums, uncounted, signal });
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** Asks the server how far the dump is, by a connection of its own. That it cannot be asked, as before release 14, disturbs nobody. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { connection, look, lockTimeout } = this.#options;
    const wait = () => delay(glance, undefined, { signal }).catch(() => {});
    await wait();
    if (signal.aborted) return;
    const session = await Session.open(connection, look.database, { lockTimeout, signal }).catch(() => undefined);
    try {
      for (; session !== undefined && !signal.aborted; await wait()) this.#copying.see(await session.rows<CopyRow>(copyQuery));
    } catch {
      // it will be seen by the dump itself where that matters
    } finally {
      await session?.close();
    }
  }
}

const copyQuery = `
  select p.relid::text as oid, p.tuples_processed::text as rows
  from pg_catalog.pg_stat_progress_copy p join pg_catalog.pg_stat_activity a using (pid)
  where p.datname = pg_catalog.current_database() and a.application_name = 'sidekick/backup' and p.command = 'COPY TO'`;
