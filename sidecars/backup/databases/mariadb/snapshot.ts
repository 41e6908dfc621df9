import type { ByteSink } from '../../bytes.ts';
import type { TableFacts } from '../facts.ts';
import { DatabaseError } from '../failure.ts';
import type { DatabaseLook, Snapshot } from '../server.ts';
import { type TableRow, tablesOf } from './catalogue.ts';
import { Dump, type DumpOptions } from './dump.ts';
import { factsOf } from './facts.ts';
import { quoted } from './literal.ts';
import { type Position, positionNow, positionOfSnapshot } from './position.ts';
import { type Reach, Session } from './session.ts';

/** How often two snapshots are taken that are to be the same, where nothing may be locked. */
const attempts = 5;
/** For how long a lock of the tables is waited for, in seconds. Who writes to them waits as long. */
const patience = 5;

/** What a snapshot is taken of. */
export interface SnapshotOptions extends Reach {
  readonly look: DatabaseLook;
  readonly signal: AbortSignal;
}

/**
 * Two transactions that see the same state: that of the dump, and that of our own session, which counts. Nothing hands a snapshot from one to
 * the other; so the tables are locked against writers for the moment in which both begin. Where that may not be, the places in the log of
 * changes are compared. Where there is none either nothing is counted.
 */
export class MariadbSnapshot implements Snapshot {
  readonly look: DatabaseLook;
  readonly format = 'sql';
  readonly position: Readonly<Record<string, string>> | null;
  readonly #session: Session;
  readonly #dump: Dump;
  /** Why nothing is counted; undefined where it is. */
  readonly #uncounted: string | undefined;

  private constructor(options: SnapshotOptions, session: Session, { dump, position, uncounted }: Begun) {
    this.look = options.look;
    this.#session = session;
    this.#dump = dump;
    this.#uncounted = uncounted;
    this.position = position === undefined ? null : { ...position };
  }

  /** @throws DatabaseError; the signal's reason. */
  static async take(options: SnapshotOptions): Promise<MariadbSnapshot> {
    const session = await Session.open(options, options.look.database);
    try {
      return new MariadbSnapshot(options, session, await begin(options, session));
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get progress(): { readonly bytes: number; readonly total: number } {
    return this.#dump.output;
  }

  async dump(sink: ByteSink, signal: AbortSignal): Promise<string[]> {
    const warnings = await this.#dump.carry(sink, signal);
    return this.#uncounted === undefined ? warnings : [...warnings, this.#uncounted];
  }

  dumpTo(): Promise<string[]> {
    throw new Error('a dump of SQL is one file');
  }

  async facts(checksums: boolean): Promise<TableFacts[]> {
    return this.#uncounted === undefined ? factsOf(this.#session, this.look.database, checksums) : [];
  }

  async close(): Promise<void> {
    await this.#dump.stop();
    await this.#session.close();
  }
}

/** What has begun: both transactions, and what is known of them. */
interface Begun {
  readonly dump: Dump;
  readonly position: Position | undefined;
  readonly uncounted: string | undefined;
}

async function begin(options: SnapshotOptions, session: Session): Promise<Begun> {
  const { look, signal } = options;
  const { database, source } = look;
  const mariadb = look.server.includes('MariaDB');
  const tables = await tablesOf(session, database);
  const logged = (await session.row(['logged'], 'select @@log_bin')).logged === '1';
  const dumpOptions: DumpOptions = {
    ...options,
    ...{ database, source, tables },
    withPosition: logged && mariadb && options.tools.vendor === 'mariadb',
  };
  const comparable = dumpOptions.withPosition && (await logsAll(session));
  const locked = await Lock.take(options, database, tables);
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    let position: Position | undefined;
    let dump: Dump;
    try {
      await session.rows('rollback');
      await session.rows('set session transaction isolation level repeatable read');
      await session.rows('start transaction with consistent snapshot');
      if (logged) position = mariadb ? await positionOfSnapshot(session) : locked.held ? await positionNow(options) : undefined;
      dump = await Dump.begin(dumpOptions);
    } finally {
      await locked.release();
    }
    const same = position !== undefined && position.file === dump.position?.file && position.position === dump.position.position;
    if (locked.held || (comparable && same)) return { dump, position, uncounted: undefined };
    if (!comparable || attempt === attempts) return { dump, position, uncounted: uncounted(source, locked, comparable) };
    await dump.stop();
  }
}

function uncounted(source: string, { why }: Lock, comparable: boolean): string {
  const rest = comparable ? 'and it is written to without a pause' : 'and the server keeps no log of all changes to compare by';
  return `${source}: its rows are not counted: its tables could not be locked for the moment in which the dump begins (${why}), ${rest}; a drill proves then that it can be restored, and no more`;
}

/** Whether every change is in the log: a replica may leave out what it has from its primary. @throws DatabaseError */
async function logsAll(session: Session): Promise<boolean> {
  const { all } = await session.row(['all'], `select @@log_slave_updates or @@gtid_slave_pos = ''`);
  return all === '1';
}

/**
 * Keeps writers from tables. A lock to read waits for every transaction that has written to a table, so that none can end while it is held.
 */
class Lock {
  /** Whether the tables were locked. */
  readonly held: boolean;
  /** Why they were not. */
  readonly why: string;
  readonly #session: Session | undefined;

  private constructor(held: boolean, why: string, session?: Session) {
    this.held = held;
    this.why = why;
    this.#session = session;
  }

  static async take(reach: Reach, database: string, tables: readonly TableRow[]): Promise<Lock> {
    const counted = tables.filter(({ transactional }) => transactional);
    if (counted.length === 0) return new Lock(true, '');
    const session = await Session.open(reach, database);
    try {
      await session.rows(`set lock_wait_timeout = ${patience}`);
      await session.rows(`lock tables ${counted.map(({ name }) => `${quoted(name)} read`).join(', ')}`);
      return new Lock(true, '', session);
    } catch (error) {
      await session.close();
      if (!(error instanceof DatabaseError) || error.failure === 'unreachable') throw error;
      return new Lock(false, error.message);
    }
  }

  /** Lets the writers go on. Never throws. */
  async release(): Promise<void> {
    await this.#session?.close();
  }
}
