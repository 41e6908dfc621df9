import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { before, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atEnd } from '#harness/at-end.ts';
import { has } from '#harness/needs.ts';
import { type PostgresOptions, type PostgresServer, startPostgres } from '#harness/postgres.ts';
import { type Ended, SidecarProcess } from '#harness/process.ts';
import { type PostgresMajor, postgresBin, postgresMajors } from '#harness/rig.ts';
import { until } from '#harness/until.ts';
import { type Manifest, partsOf } from '../../../../../sidecars/backup/catalog/manifest.ts';
import { type Run, Scene } from '../../whole/scene.ts';

const run = promisify(execFile);

type Env = Readonly<Record<string, string>>;

/** Client programs of these majors before those that the machine has. */
export function pathOf(...majors: readonly PostgresMajor[]): string {
  return [...majors.map(postgresBin), process.env.PATH ?? ''].join(delimiter);
}

/**
 * A server that the tests of a file share: it is there once the file's tests begin, where the machine has it.
 * @param prepare does with it what all of them need.
 */
export function sharedPostgres(
  options: PostgresOptions,
  prepare?: (server: PostgresServer, t: TestContext) => Promise<void>,
): { readonly server: PostgresServer } {
  let server: PostgresServer | undefined;
  before(async (t) => {
    if (!has('postgresql')) return;
    server = await startPostgres(t as TestContext, options);
    await prepare?.(server, t as TestContext);
  });
  return {
    get server() {
      if (server === undefined) throw new Error('the server is there in tests alone');
      return server;
    },
  };
}

let count = 0;

/** A database of its own on a server, a store in a folder, and the sidecar between the two, as the superuser by the socket. */
export class DatabaseScene extends Scene {
  readonly server: PostgresServer;
  readonly database: string;
  readonly #test: TestContext;

  private constructor(t: TestContext, server: PostgresServer, database: string, more: Env) {
    super(t, {
      PATH: pathOf(...postgresMajors),
      PGHOST: server.socketFolder,
      PGPORT: String(server.port),
      BACKUP_SOURCES: addressOf(database),
      ...more,
    });
    this.#test = t;
    this.server = server;
    this.database = database;
  }

  /** Makes the database, and what these statements make in it. */
  static async with(t: TestContext, server: PostgresServer, sql: string, more: Env = {}): Promise<DatabaseScene> {
    const name = await newDatabase(server);
    await server.sql(sql, name);
    return new DatabaseScene(t, server, name, more);
  }

  /** For databases that are there. */
  static of(t: TestContext, server: PostgresServer, database: string, more: Env = {}): DatabaseScene {
    return new DatabaseScene(t, server, database, more);
  }

  /** Runs statements in the database. */
  sql(text: string): Promise<string> {
    return this.server.sql(text, this.database);
  }

  /** Starts the sidecar with the client programs of these majors alone: what Debian has installed is hidden from it. */
  startWith(majors: readonly PostgresMajor[], words: readonly string[]): SidecarProcess {
    const env = { ...this.env, PATH: majors.map(postgresBin).join(delimiter) };
    const main = fileURLToPath(new URL('../../../../../sidecars/backup/main.ts', import.meta.url));
    const hide = 'test -d $0 && mount -t tmpfs tmpfs $0; PATH=$1; shift; exec "$@"';
    const args = ['--mount', '/bin/sh', '-c', hide, '/usr/lib/postgresql', env.PATH, process.execPath, main, ...words];
    const child = spawn('/usr/bin/unshare', args, {
      env: { BACKUP_ADMIN: 'off', ...env, PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const sidecar = new SidecarProcess(child);
    atEnd(this.#test, () => sidecar.stop('SIGKILL'));
    return sidecar;
  }

  /** Restores the newest good backup to a database of that name. */
  restore(database: string, words: readonly string[] = [], more: Env = {}): Promise<Ended> {
    return this.run(['restore', '--to', addressOf(database), ...words], more);
  }

  /** Restores to a new database, which has to go well and has to be the same. @returns its name. */
  async restoreSame(words: readonly string[] = [], more: Env = {}): Promise<string> {
    const name = nameOfNew();
    const { code, stdout, stderr } = await this.restore(name, words, more);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /(are as they were|is as it was) saved/);
    await assertSameDatabase(this.server, this.database, this.server, name);
    return name;
  }

  /** Asserts that nothing of a backup is in the store, or only of these. */
  assertHolds(...manifests: readonly Manifest[]): void {
    assert.deepEqual(this.files, filesOfAll(...manifests));
  }
}

/** The files that backups with databases consist of. */
export function filesOfAll(...manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) => [...partsOf(manifest).map(({ file }) => file), `${manifest.id}.json`]).sort();
}

/** The address of a database of the server that PGHOST names. */
export function addressOf(database: string): string {
  return `postgres:///${encodeURIComponent(database)}`;
}

/** A name that no database has yet. */
export function nameOfNew(): string {
  count += 1;
  return `new${count}_${process.pid}`;
}

/** Makes an empty database. @returns its name. */
export async function newDatabase(server: PostgresServer): Promise<string> {
  const name = nameOfNew();
  await server.sql(`CREATE DATABASE ${name}`);
  return name;
}

/** What failed of a run, and that no backup came of it. @returns the reason. */
export function reasonOf({ code, result, stderr }: Run, expected = 1): string {
  assert.deepEqual([code, result.outcome, result.manifest], [expected, 'failed', null], stderr);
  return result.reason ?? '';
}

/** Every row of every table, as COPY writes it, how the sequences stand, and what large objects there are. */
export async function contentOf(server: PostgresServer, database: string): Promise<string[]> {
  const named = await server.sql(
    `SELECT format('%s %I.%I', c.relkind, n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relkind IN ('r', 'm', 'S') AND relpersistence <> 't' AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1`,
    database,
  );
  const names = named.split('\n').filter((line) => line !== '');
  const script = names.map((line) => {
    const [kind, name] = [line[0], line.slice(2)];
    const only = kind === 'r' ? 'ONLY ' : '';
    return kind === 'S'
      ? `SELECT last_value, is_called FROM ${name}; \\qecho ==`
      : `COPY (SELECT * FROM ${only}${name}) TO STDOUT; \\qecho ==`;
  });
  script.push('SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata;');
  const told = (await server.sql(script.join('\n'), database)).split(/^==$\n?/m);
  assert.equal(told.length, script.length, 'each tells what it has');
  return told.map((rows, at) => `${names[at] ?? 'large objects'}\n${rows.split('\n').sort().join('\n')}`);
}

/** What pg_dump tells of all that is no row. */
export async function schemaOf(server: PostgresServer, database: string): Promise<string> {
  const access = ['--host', server.socketFolder, '--port', String(server.port), '--username', 'postgres'];
  const name = `dbname='${database.replaceAll(/[\\']/g, '\\$&')}'`;
  const { stdout } = await run(`${server.bin}/pg_dump`, [...access, '--schema-only', '--dbname', name], { maxBuffer: 2 ** 28 });
  return stdout.replaceAll(/^\\(un)?restrict .*\n/gm, '').replaceAll(/^-- Dumped .*\n/gm, '');
}

/** Asserts that two databases are the same, by psql and pg_dump. */
export async function assertSameDatabase(
  server: PostgresServer,
  database: string,
  other: PostgresServer,
  copy: string,
): Promise<void> {
  assert.deepEqual(await contentOf(other, copy), await contentOf(server, database));
  if (server.major === other.major) assert.equal(await schemaOf(other, copy), await schemaOf(server, database));
}

/** The processes of client programs that connect to this port: pg_dump and others, not those of the server. */
export function clientsOf(port: number): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`PGPORT=${port}`)) return [];
      const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
      return /pg_(dump|restore|dumpall) /.test(words) ? [`${pid} ${words}`] : [];
    } catch {
      // it ended since it was seen
      return [];
    }
  });
}

/** Waits until no program and no session of ours is left. */
export async function untilGone(server: PostgresServer, port = server.port): Promise<void> {
  await until('no client program is left', () => clientsOf(port).length === 0);
  const ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'sidekick%'";
  await until('no session of ours is left', async () => (await server.sql(ours)) === '0');
}

/** Statements for a table of about so many MB: more of them than systems buffer on the way make the server wait for who reads them slowly. */
export function bulk(table: string, megabytes: number, filling = 'repeat(md5(i::text), 250)'): string {
  return `CREATE TABLE ${table} (id int PRIMARY KEY, filling text);
    ALTER TABLE ${table} ALTER filling SET STORAGE EXTERNAL;
    INSERT INTO ${table} SELECT i, ${filling} FROM generate_series(1, ${megabytes * 125}) i;`;
}

/** The same, and nobody can compress it to less than a half. */
export function noise(table: string, megabytes: number): string {
  return bulk(table, megabytes, "(SELECT string_agg(md5(i::text || j), '') FROM generate_series(1, 250) j)");
}
