import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { DatabaseProcess } from './database-process.ts';
import { freePort } from './free-port.ts';
import { mariadbBin } from './rig.ts';

/** What a server does without here: it holds nothing that anybody wants to have tomorrow. */
const careless = {
  innodb_flush_log_at_trx_commit: '0',
  // a disk that is busy with what other tests wrote would have it wait for minutes
  innodb_flush_method: 'nosync',
  innodb_buffer_pool_size: '16M',
  innodb_log_file_size: '8M',
  innodb_use_native_aio: 'off',
};

/** A MariaDB server on a port of the loopback and on a socket. */
export class MariadbServer {
  readonly port: number;
  readonly bin = mariadbBin;
  readonly #process: DatabaseProcess;
  readonly #settings: readonly string[];

  constructor(port: number, process: DatabaseProcess, settings: Readonly<Record<string, string>>) {
    this.port = port;
    this.#process = process;
    const places = { datadir: join(process.folder, 'data'), bind_address: '127.0.0.1', port: String(port), socket: this.socket };
    const all = Object.entries({ ...careless, ...places, ...settings });
    this.#settings = ['--no-defaults', ...all.map(([name, value]) => `--${name}=${value}`)];
  }

  /** The path of its socket. */
  get socket(): string {
    return join(this.#process.folder, 'mariadb.sock');
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What it logged since it was started last. */
  get log(): string {
    return this.#process.log;
  }

  /**
   * Runs statements as root. Returns the rows, one a line, the columns separated by tabs.
   * @throws Error with the words of the client, where one fails; those after it are not run.
   */
  async sql(text: string, database = 'mysql'): Promise<string> {
    const access = ['--no-defaults', `--socket=${this.socket}`, '--user=root', '--default-character-set=utf8mb4'];
    const plain = ['--batch', '--raw', '--skip-column-names'];
    return (await this.#process.run(`${this.bin}/mariadb`, [...access, ...plain, database], text)).trimEnd();
  }

  /** By default with all in order; SIGKILL leaves the data as a crash would. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#process.stop(signal);
  }

  /** Starts it where it does not run. */
  async start(): Promise<void> {
    await this.#process.start(`${this.bin}/mariadbd`, this.#settings, 'ready for connections');
  }

  /** Ends it, all in order, and starts it again with the same data on the same port. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }
}

/**
 * Starts a new MariaDB server, whose user `root` has no password.
 * @param settings options of mariadbd by name, such as `{ log_bin: 'log' }`
 */
export async function startMariadb(t: TestContext, settings: Readonly<Record<string, string>> = {}): Promise<MariadbServer> {
  const process = new DatabaseProcess(t, mariadbBin, 'SIGKILL');
  const how = [
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
    '--innodb-flush-method=nosync',
  ];
  await process.run(`${mariadbBin}/mariadb-install-db`, ['--no-defaults', `--datadir=${join(process.folder, 'data')}`, ...how]);
  const server = new MariadbServer(await freePort(), process, settings);
  await server.start();
  return server;
}
