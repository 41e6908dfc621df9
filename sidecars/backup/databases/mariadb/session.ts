import { randomBytes } from 'node:crypto';
import { messageOf } from '#shared/exit.ts';
import { nameOfDatabase } from '../address.ts';
import { DatabaseError } from '../failure.ts';
import { Program } from '../program.ts';
import { argumentsOf, type Connection, environmentOf } from './connection.ts';
import { failureOf } from './failure.ts';
import type { Tools } from './tools.ts';

/** For how long a connection is tried, in seconds. */
const connectTimeout = 10;
/** How long it may take to tell a server that we go, in ms. */
const goodbye = 2000;
/** How long a session may have nothing to do, in seconds: it waits for dumps. */
const idle = 604_800;

/**
 * What every session of ours is set to: texts of values have to be the same on every server, and no limit that somebody has set for an
 * application may end it.
 */
const settings = `set sql_mode = '', time_zone = '+00:00', wait_timeout = ${idle}, net_write_timeout = 3600, net_read_timeout = 3600`;

/** Where, and by which programs. */
export interface Reach {
  readonly connection: Connection;
  readonly tools: Tools;
  /** Ends what is done there, whatever that is; undefined where nothing does. */
  readonly signal: AbortSignal | undefined;
}

interface Waiting {
  readonly rows: string[][];
  readonly end: string;
  readonly resolve: (rows: string[][]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A connection, held by a client program that reads statements and writes rows. After each statement it is asked for a word that nobody
 * can guess: what comes before is the answer. It stops at the first error, so that an error is the answer to what was asked last; the
 * session is over then.
 */
export class Session {
  /** The database, or the server, as messages name it. */
  readonly name: string;
  readonly #reach: Reach;
  readonly #program: Program;
  readonly #word = randomBytes(12).toString('hex');
  #id = '';
  #asked = 0;
  #waiting: Waiting | undefined;
  #failure: unknown;
  #closed = false;
  /** Whether the server may still do what was asked. */
  #abandoned = false;

  private constructor(reach: Reach, database: string | undefined) {
    const { connection, tools, signal = new AbortController().signal } = reach;
    this.name = database === undefined ? connection.server : nameOfDatabase(connection.server, database);
    this.#reach = reach;
    const how = ['--batch', '--skip-column-names', '--unbuffered', '--skip-reconnect', '--binary-mode', '--comments'];
    const more = [`--connect-timeout=${connectTimeout}`, '--max-allowed-packet=1G'];
    const args = [
      ...argumentsOf(connection, tools.vendor),
      ...how,
      ...more,
      ...(database === undefined ? [] : [`--database=${database}`]),
    ];
    this.#program = new Program(tools.client, args, { env: environmentOf(connection), signal });
    signal.addEventListener('abort', () => this.#fail(signal.reason), { once: true });
    let rest = '';
    this.#program.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    });
    this.#program.ended.then(
      ({ said }) => this.#end(failureOf(this.name, said)),
      (error) => this.#end(new DatabaseError('tool', `${tools.client}: ${messageOf(error)}`, { cause: error })),
    );
  }

  /** Connects. @throws DatabaseError; the signal's reason. */
  static async open(reach: Reach, database?: string): Promise<Session> {
    reach.signal?.throwIfAborted();
    const session = new Session(reach, database);
    try {
      await session.rows(settings);
      const { id = '', variable = '' } = await session.row(
        ['id', 'variable'],
        `select connection_id(), if(version() like '%MariaDB%', 'max_statement_time', 'max_execution_time')`,
      );
      session.#id = id;
      // the client of MariaDB takes --ssl for a wish where no certificate is verified
      if (reach.connection.sslMode === 'require' && !reach.connection.host.startsWith('/')) await session.#demandTls();
      await session.rows(`set ${variable} = 0`);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async #demandTls(): Promise<void> {
    const { cipher } = await this.row(['name', 'cipher'], `show session status like 'ssl_cipher'`);
    if (cipher === '') throw new DatabaseError('other', `${this.name}: TLS is required, and the server has none`);
  }

  /** The rows that a statement gives, as texts. NULL cannot be told from the text `NULL`: statements that may give it use ifnull(). @throws DatabaseError; the signal's reason. */
  rows(sql: string): Promise<string[][]> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#waiting !== undefined) throw new Error('one statement at a time');
    this.#asked += 1;
    const end = `${this.#word}${this.#asked}`;
    return new Promise((resolve, reject) => {
      this.#waiting = { rows: [], end, resolve, reject };
      this.#program.stdin.write(`${sql}\n;\nselect '${end}';\n`);
    });
  }

  /** The only row that a statement gives, by names for its columns. @throws DatabaseError */
  async row<Name extends string>(names: readonly Name[], sql: string): Promise<Record<Name, string>> {
    const [row] = await this.rows(sql);
    if (row === undefined || row.length !== names.length)
      throw new DatabaseError('other', `${this.name} gave no row for: ${sql.trim()}`);
    return Object.fromEntries(names.map((name, at) => [name, row[at]])) as Record<Name, string>;
  }

  /** Lets go of the connection, and of what it does at the moment, which the server would go on with. Never throws. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#fail(new DatabaseError('other', `${this.name}: the session was closed`));
    this.#program.stdin.end();
    if (this.#abandoned) {
      this.#program.stop();
      await this.#kill();
    }
    await this.#program.ended.catch(() => {});
  }

  /** Tells the server to end what was asked here: it would go on with it, and keep its locks. */
  async #kill(): Promise<void> {
    if (this.#id === '') return;
    const reach = { ...this.#reach, signal: AbortSignal.timeout(goodbye) };
    await inSession(reach, undefined, (session) => session.rows(`kill connection ${this.#id}`)).catch(() => {});
  }

  #take(line: string): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (line !== waiting.end) {
      waiting.rows.push(line.split('\t').map(unescaped));
      return;
    }
    this.#waiting = undefined;
    waiting.resolve(waiting.rows);
  }

  /** The program is gone, and with it the connection. */
  #end(error: DatabaseError): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }

  /** Nobody waits any more for what was asked. */
  #fail(error: unknown): void {
    this.#abandoned ||= this.#waiting !== undefined;
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }
}

/** Opens a session, does something with it, and closes it. @throws DatabaseError */
export async function inSession<T>(
  reach: Reach,
  database: string | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await Session.open(reach, database);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', '0': '\0', '\\': '\\' };

/** A value as the client's --batch writes it. */
export function unescaped(text: string): string {
  return text.replaceAll(/\\([tn0\\])/g, (_, letter: string) => escapes[letter] ?? letter);
}
