import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { before, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type MariadbServer, startMariadb } from '#harness/mariadb.ts';
import { has } from '#harness/needs.ts';
import type { Ended } from '#harness/process.ts';
import { mariadbBin } from '#harness/rig.ts';
import { type Manifest, partsOf } from '../../../../../sidecars/backup/catalog/manifest.ts';
import { type Run, Scene } from '../../whole/scene.ts';

const run = promisify(execFile);

type Env = Readonly<Record<string, string>>;

/** The password of the account `backup`, which has all rights. */
export const password = 'k3y\'s & "slashes\\';

/** The rights that the how-to names, for an account `saver` with the same password. */
export function grantsFor(database: string): string {
  return `GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON \`${database.replaceAll('`', '``')}\`.* TO saver@'%';`;
}

/** A server that the tests of a file share: it is there once the file's tests begin, where the machine has it. */
export function sharedMariadb(settings: Env = {}): { readonly server: MariadbServer } {
  let server: MariadbServer | undefined;
  before(async (t) => {
    if (!has('mariadb')) return;
    server = await startMariadb(t as TestContext, settings);
    const word = password.replaceAll(/['\\]/g, '\\$&');
    await server.sql(`CREATE USER backup@'%' IDENTIFIED BY '${word}'; GRANT ALL ON *.* TO backup@'%' WITH GRANT OPTION;
      CREATE USER saver@'%' IDENTIFIED BY '${word}';`);
  });
  return {
    get server() {
      if (server === undefined) throw new Error('the server is there in tests alone');
      return server;
    },
  };
}

let count = 0;

/** A database of its own on a server, a store in a folder, and the sidecar between the two, over TCP. */
export class MariadbScene extends Scene {
  readonly server: MariadbServer;
  readonly database: string;

  private constructor(t: TestContext, server: MariadbServer, database: string, more: Env) {
    super(t, {
      PATH: [mariadbBin, process.env.PATH ?? ''].join(delimiter),
      MYSQL_USER: 'backup',
      MYSQL_PASSWORD: password,
      BACKUP_SOURCES: addressOf(server, database),
      ...more,
    });
    this.server = server;
    this.database = database;
  }

  /** Makes the database, and what these statements make in it. */
  static async with(t: TestContext, server: MariadbServer, sql: string, more: Env = {}): Promise<MariadbScene> {
    const name = await newDatabase(server);
    await server.sql(sql, name);
    return new MariadbScene(t, server, name, more);
  }

  /** For databases that are there. */
  static of(t: TestContext, server: MariadbServer, database: string, more: Env = {}): MariadbScene {
    return new MariadbScene(t, server, database, more);
  }

  /** Runs statements in the database. */
  sql(text: string): Promise<string> {
    return this.server.sql(text, this.database);
  }

  /** Restores the newest good backup to a database of that name. */
  restore(database: string, words: readonly string[] = [], more: Env = {}): Promise<Ended> {
    return this.run(['restore', '--to', addressOf(this.server, database), ...words], more);
  }

  /** Restores to a new database, which has to go well and has to be the same. @returns its name. */
  async restoreSame(words: readonly string[] = [], more: Env = {}): Promise<string> {
    const name = nameOfNew();
    const { code, stdout, stderr } = await this.restore(name, words, more);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /(are as they were|is as it was) saved, by rows and checksums/);
    assert.deepEqual(await contentOf(this.server, name), await contentOf(this.server, this.database));
    return name;
  }

  /** Makes a drill. @returns what `drill --json` gives. */
  async drill(
    more: Env = {},
  ): Promise<{ outcome: string; reason: string | null; tables: number; rows: number; code: number | null }> {
    const { code, stdout, stderr } = await this.run(['drill', '--json'], more);
    assert.match(stdout, /^\{/, stderr);
    return { ...JSON.parse(stdout), code };
  }

  /** Asserts that nothing of a backup is in the store, or only of these. */
  assertHolds(...manifests: readonly Manifest[]): void {
    const files = manifests.flatMap((manifest) => [...partsOf(manifest).map(({ file }) => file), `${manifest.id}.json`]);
    assert.deepEqual(this.files, files.sort());
  }
}

/** The address of a database of a server. */
export function addressOf({ port }: Pick<MariadbServer, 'port'>, database: string): string {
  return `mysql://127.0.0.1:${port}/${database === '*' ? database : encodeURIComponent(database)}`;
}

/** A name that no database has yet. */
export function nameOfNew(): string {
  count += 1;
  return `new${count}_${process.pid}`;
}

/** Makes an empty database. @returns its name. */
export async function newDatabase(server: MariadbServer): Promise<string> {
  const name = nameOfNew();
  await server.sql(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
  return name;
}

/** What failed of a run, and that no backup came of it. @returns the reason. */
export function reasonOf({ code, result, stderr }: Run, expected = 1): string {
  assert.deepEqual([code, result.outcome, result.manifest], [expected, 'failed', null], stderr);
  return result.reason ?? '';
}

/** All of a database, as mariadb-dump tells it with its rows in order, which is what a second opinion of the same programs is worth. */
export async function contentOf(server: MariadbServer, database: string): Promise<string[]> {
  const access = ['--no-defaults', `--socket=${server.socket}`, '--user=root'];
  const what = [
    '--routines',
    '--events',
    '--triggers',
    '--hex-blob',
    '--order-by-primary',
    '--skip-extended-insert',
    '--skip-comments',
  ];
  const { stdout } = await run(`${server.bin}/mariadb-dump`, [...access, ...what, '--', database], { maxBuffer: 2 ** 28 });
  // a default names the database of its sequence
  return stdout
    .replaceAll(/ AUTO_INCREMENT=\d+/g, '')
    .replaceAll(`nextval(\`${database}\`.`, 'nextval(')
    .split('\n');
}

/** The databases of drills that are there. */
export async function scratches(server: MariadbServer): Promise<string[]> {
  const all = await server.sql(String.raw`SHOW DATABASES LIKE 'sidekick\_drill\_%'`);
  return all.split('\n').filter((name) => name !== '');
}

/** Statements for a table of about so many MB. */
export function bulk(table: string, megabytes: number): string {
  return `CREATE TABLE ${table} (id int PRIMARY KEY, filling text);
    INSERT INTO ${table} SELECT seq, repeat(md5(seq), 250) FROM seq_1_to_${megabytes * 125};`;
}
