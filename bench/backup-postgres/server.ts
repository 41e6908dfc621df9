import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage.ts';

/** How it is set: nobody wants its data tomorrow, nothing goes on by itself, and no checkpoint falls into a measurement. */
const settings = {
  listen_addresses: '127.0.0.1',
  shared_buffers: '256MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '4GB',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  // in its own folder: one that is killed leaves nothing in /dev/shm
  dynamic_shared_memory_type: 'mmap',
};

/** The user nobody, where we are root: the server refuses to run as root. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

/** A PostgreSQL server on a port of the loopback. It ends with this process however that ends, short of SIGKILL. */
export class Server {
  readonly port: number;
  /** What every program is told: the folder of its programs first on PATH, and how to reach it as its superuser. */
  readonly variables: Readonly<Record<string, string>>;
  readonly #stage: Stage;
  readonly #end: () => void;

  private constructor(stage: Stage, port: number, variables: Readonly<Record<string, string>>, end: () => void) {
    this.#stage = stage;
    this.port = port;
    this.variables = variables;
    this.#end = end;
    // before the stage removes its folder, which is below it
    process.prependListener('exit', end);
  }

  /** Makes one, and starts it. @throws Error */
  static async start(stage: Stage, bin: string): Promise<Server> {
    const folder = stage.newFolder('server');
    const [data, secret] = [join(folder, 'data'), join(folder, 'password')];
    const password = randomUUID();
    writeFileSync(secret, password, { mode: 0o600 });
    if (nobody !== undefined) {
      // who is not root has to get through to its own
      chmodSync(stage.folder, 0o711);
      for (const path of [folder, secret]) chownSync(path, nobody.uid, nobody.gid);
    }
    const as = { cwd: folder, env: { LC_ALL: 'C' }, ...nobody };
    const how = ['--username=postgres', `--pwfile=${secret}`, '--auth=scram-sha-256', '--encoding=UTF8', '--no-sync'];
    await stage.start('initdb', `${bin}/initdb`, [`--pgdata=${data}`, ...how], as).ended();
    const port = await freePort();
    const all = { ...settings, port, unix_socket_directories: folder };
    const words = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const actor = stage.start('postgres', `${bin}/postgres`, words, as);
    const PATH = `${bin}${delimiter}${process.env.PATH}`;
    const variables = { PATH, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGPASSWORD: password };
    const server = new Server(stage, port, variables, () => {
      spawnSync(`${bin}/pg_ctl`, ['stop', `--pgdata=${data}`, '--mode=immediate', '--silent'], { ...as, stdio: 'ignore' });
    });
    while (!actor.said.includes('ready to accept connections')) {
      if (!actor.running) throw actor.failure('did not start');
      await sleep(20);
    }
    return server;
  }

  /** Runs statements, each text in a transaction of its own, all in one session. @returns the rows, the columns separated by `|`. @throws Error */
  async sql(database: string, ...texts: readonly string[]): Promise<string> {
    const plain = ['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--set=ON_ERROR_STOP=1', `--dbname=${database}`];
    const words = [...plain, ...texts.map((text) => `--command=${text}`)];
    return this.#said('psql', words);
  }

  /** Runs a line of shell beside it. @returns what it wrote. @throws Error */
  async shell(script: string): Promise<string> {
    return this.#said('bash', ['-o', 'pipefail', '-c', script]);
  }

  /** Drops a database, whoever is connected to it. @throws Error */
  async drop(database: string): Promise<void> {
    await this.sql('postgres', `drop database if exists ${database} with (force)`);
  }

  async #said(command: string, words: readonly string[]): Promise<string> {
    const actor = this.#stage.start(command, command, words, { env: this.variables });
    await Promise.all([once(actor.process, 'close'), actor.ended()]);
    return actor.said.trimEnd();
  }

  /** Ends it at once, with all its sessions. */
  end(): void {
    process.off('exit', this.#end);
    this.#end();
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  await once(listener, 'close');
  if (address === null || typeof address === 'string') throw new Error('the loopback has no port left');
  return address.port;
}
