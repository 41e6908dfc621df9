import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { DatabaseProcess } from './database-process.ts';
import { freePort } from './free-port.ts';
import { type PostgresMajor, postgresBin } from './rig.ts';

/** What a server does without here: it holds nothing that anybody wants to have tomorrow. */
const careless = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  // in its own folder: one that is killed leaves nothing in /dev/shm
  dynamic_shared_memory_type: 'mmap',
};

/** Who may do what: the superuser by the socket, everybody with a password over TCP. */
const usual = [
  'local all,replication postgres trust',
  'local all all scram-sha-256',
  'host all,replication all samehost scram-sha-256',
];

export interface PostgresOptions {
  readonly major: PostgresMajor;
  /** Lines of postgresql.conf; they hold against our own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf, asked before our own. */
  readonly hba?: readonly string[];
}

/** A PostgreSQL server on a port of the loopback and on a socket of the same number. */
export class PostgresServer {
  readonly major: PostgresMajor;
  readonly port: number;
  /** The folder of the programs of its major. */
  readonly bin: string;
  readonly #process: DatabaseProcess;

  constructor(major: PostgresMajor, port: number, process: DatabaseProcess) {
    this.major = major;
    this.port = port;
    this.bin = postgresBin(major);
    this.#process = process;
  }

  /** What PGHOST is for whoever comes by the socket. */
  get socketFolder(): string {
    return this.#process.folder;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What it logged since it was started last. */
  get log(): string {
    return this.#process.log;
  }

  /**
   * Runs statements as the superuser, each in a transaction of its own. Returns the rows, one a line, the columns separated by `|`.
   * @throws Error with the words of psql, where one fails; those after it are not run.
   */
  async sql(text: string, database = 'postgres'): Promise<string> {
    const access = ['--host', this.socketFolder, '--port', String(this.port), '--username', 'postgres', '--dbname', database];
    const plain = ['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--set', 'ON_ERROR_STOP=1'];
    return (await this.#process.run(`${this.bin}/psql`, [...access, ...plain], text)).trimEnd();
  }

  /** By default without waiting for clients, and with all in order; SIGQUIT and SIGKILL leave the data as a crash would. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    await this.#process.stop(signal);
  }

  /** Starts it where it does not run. */
  async start(): Promise<void> {
    await this.#process.start(`${this.bin}/postgres`, ['-D', join(this.socketFolder, 'data')], 'ready to accept connections');
  }

  /** Ends it, all in order, and starts it again with the same data on the same port. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }
}

/**
 * Starts a new PostgreSQL server. By the socket it trusts its superuser `postgres`, over TCP it asks everybody for a password.
 * For a test that `needs('postgresql')`.
 */
export async function startPostgres(
  t: TestContext,
  { major, settings = {}, hba = [] }: PostgresOptions,
): Promise<PostgresServer> {
  const bin = postgresBin(major);
  const process = new DatabaseProcess(t, bin, 'SIGQUIT');
  const data = join(process.folder, 'data');
  const how = ['--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'];
  await process.run(`${bin}/initdb`, ['--pgdata', data, ...how]);
  const port = await freePort();
  const places = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: process.folder };
  const lines = Object.entries({ ...careless, ...places, ...settings }).map(([name, value]) => `${name} = ${quoted(value)}\n`);
  appendFileSync(join(data, 'postgresql.conf'), lines.join(''));
  writeFileSync(join(data, 'pg_hba.conf'), `${[...hba, ...usual].join('\n')}\n`);
  const server = new PostgresServer(major, port, process);
  await server.start();
  return server;
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
