import { Socket } from 'node:net';
import type { Client, QueryResultRow } from 'pg';
import { codeOf, messageOf } from '#shared/exit.ts';
import { nameOfDatabase } from '../address.ts';
import { DatabaseError } from '../failure.ts';
import { type Connection, waysOf } from './connection.ts';

/**
 * What every session of ours is set to: texts of values have to be the same on every server, and no limit that somebody has set for an
 * application may end it.
 */
const session = `
  set search_path = ''; set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set intervalstyle = 'postgres'; set bytea_output = 'hex';
  set extra_float_digits = 1; set lc_monetary = 'C'; set xmloption = 'content'; set row_security = off;
  set quote_all_identifiers = off; set standard_conforming_strings = on;
  set statement_timeout = 0; set idle_in_transaction_session_timeout = 0;
  select pg_catalog.set_config(name, case name when 'client_connection_check_interval' then '1s' else '0' end, false)
    from pg_catalog.pg_settings where name in ('client_connection_check_interval', 'transaction_timeout', 'idle_session_timeout');`;
/** How long a server may take to hear that we go, in ms. */
const goodbye = 1000;

/** How a session is held. */
export interface SessionOptions {
  /** For how long a lock is waited for, in ms. */
  readonly lockTimeout: number;
  /** Ends it, whatever it does at the moment. */
  readonly signal: AbortSignal | undefined;
}

/** The way in which a server was reached: the next session need not try the others. */
const ways = new WeakMap<Connection, ReturnType<typeof waysOf>>();

/** A connection to one database. */
export class Session {
  /** The database as it is named in messages. */
  readonly name: string;
  /** Its name on the server. */
  readonly database: string;
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #signal: AbortSignal | undefined;

  private constructor(name: string, database: string, { client, socket, signal }: Connected) {
    this.#client = client;
    this.#socket = socket;
    this.#signal = signal;
    this.name = name;
    this.database = database;
  }

  /** Connects. @throws DatabaseError; the signal's reason. */
  static async open(connection: Connection, database: string, { lockTimeout, signal }: SessionOptions): Promise<Session> {
    const { Client } = await import('./library.ts');
    const name = nameOfDatabase(connection.server, database);
    const { host, port, user, timeout } = connection;
    const password = connection.password(database);
    const failures: unknown[] = [];
    for (const ssl of ways.get(connection) ?? waysOf(connection)) {
      const socket = new Socket({ signal });
      const client = new Client({
        host,
        port,
        user,
        database,
        ssl,
        keepAlive: true,
        stream: () => socket,
        connectionTimeoutMillis: timeout,
        application_name: 'sidekick/backup',
        // a function: where there is no password, pg must not look for one by itself
        password: () => password ?? '',
      });
      // a connection that breaks is seen by the query that waits, or by the next one
      client.on('error', () => {});
      try {
        await client.connect();
        await client.query(`${session} set lock_timeout = ${lockTimeout}`);
        ways.set(connection, [ssl]);
        return new Session(name, database, { client, socket, signal });
      } catch (error) {
        socket.destroy();
        signal?.throwIfAborted();
        failures.push(error);
        if (!mayGoAnotherWay(error)) break;
      }
    }
    throw failureOf(failures.at(-1), name, user);
  }

  /** The rows that a query gives. @throws DatabaseError; the signal's reason. */
  async rows<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      // without values the text may hold several statements
      const result = await (values.length === 0 ? this.#client.query<Row>(sql) : this.#client.query<Row>(sql, [...values]));
      return result.rows;
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw codeOf(error) === lockTimedOut ? await this.#lockedOut(error) : failureOf(error, this.name);
    }
  }

  /**
   * Runs a statement in the transaction that may fail in one of these ways, and then has done nothing.
   * @param codes those of errors. @returns whether it did what it should. @throws DatabaseError; the signal's reason.
   */
  async attempt(sql: string, codes: readonly string[]): Promise<boolean> {
    await this.rows('savepoint attempt');
    try {
      await this.#client.query(sql);
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (!codes.includes(codeOf(error) ?? '')) throw failureOf(error, this.name);
      await this.rows('rollback to savepoint attempt');
      return false;
    }
    await this.rows('release savepoint attempt');
    return true;
  }

  /** The only row that a query gives. @throws DatabaseError */
  async row<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row> {
    const [row] = await this.rows<Row>(sql, values);
    if (row === undefined) throw new DatabaseError('other', `${this.name} gave no row for: ${sql}`);
    return row;
  }

  /** The major number of the server's release. @throws DatabaseError */
  async major(): Promise<number> {
    const { number } = await this.row<{ number: string }>(`select current_setting('server_version_num') as number`);
    return Math.floor(Number(number) / 10_000);
  }

  /** Lets go of the connection, whatever it does at the moment. Never throws. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#socket.destroy(), goodbye);
    await this.#client.end().catch(() => {});
    clearTimeout(timer);
  }

  /** Says who holds what was waited for. */
  async #lockedOut(cause: unknown): Promise<DatabaseError> {
    const { rows } = await this.#client
      .query('rollback')
      .then(() => this.#client.query<{ told: string }>(locksQuery))
      .catch(() => ({ rows: [] }));
    const held = rows.map(({ told }) => told).join(', ');
    return new DatabaseError(
      'other',
      `${this.name}: ${messageOf(cause)}${held === '' ? '' : `: ${held}`}; end what holds the lock, or wait for longer by BACKUP_PG_LOCK_TIMEOUT`,
      { cause },
    );
  }
}

/** A connection that stands. */
interface Connected extends Pick<SessionOptions, 'signal'> {
  readonly client: Client;
  readonly socket: Socket;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const lockTimedOut = '55P03';

const locksQuery = `
  select pg_catalog.format('%I.%I is locked by the server''s process %s', n.nspname, c.relname, l.pid) as told
  from pg_catalog.pg_locks l join pg_catalog.pg_class c on c.oid = l.relation join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where l.granted and l.mode = 'AccessExclusiveLock' and l.pid <> pg_catalog.pg_backend_pid() and n.nspname !~ '^pg_' and c.relkind in ('r', 'p', 'm', 'S')
    and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  order by 1 limit 5`;

/** Whether a server may take a connection with TLS that it did not take without, or the other way round. */
function mayGoAnotherWay(error: unknown): boolean {
  return codeOf(error) === '28000' || /does not support SSL|SSL|TLS/.test(messageOf(error));
}

/** Says of an error which database it is about, and what to do next. https://www.postgresql.org/docs/current/errcodes-appendix.html */
function failureOf(error: unknown, name: string, user?: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const code = codeOf(error) ?? '';
  const said = `${name}: ${messageOf(error).replace(/^Client has .* not queryable$/, 'the connection has ended')}`;
  const options = { cause: error };
  if (code === '28P01' || code === '28000' || /password must be a string|SASL/.test(said))
    return new DatabaseError(
      'denied',
      `${said}; check the user${user === undefined ? '' : `, now ${user}`} (PGUSER), and its password (PGPASSWORD_FILE, PGPASSFILE or PGPASSWORD)`,
      options,
    );
  if (/CERT|ERR_TLS|UNABLE_TO/.test(code))
    return new DatabaseError(
      'unreachable',
      `${said.replace(/; if the root CA .*--use-system-ca$/, '')}; check PGSSLROOTCERT, the authorities to trust, and that the certificate names this host`,
      options,
    );
  if (code === '42501') return new DatabaseError('denied', said, options);
  if (code === '3D000') return new DatabaseError('missing', said, options);
  if (code === '53300') return new DatabaseError('unreachable', `${said}; the server has no connection left`, options);
  if (/^(08|57P0|E[A-Z]+$)/.test(code) || /terminated|timeout|ended/i.test(said))
    return new DatabaseError('unreachable', `${said}; check that the server runs and can be reached from here`, options);
  return new DatabaseError('other', said, options);
}
