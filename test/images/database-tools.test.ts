import assert from 'node:assert/strict';
import { before, describe, type TestContext, test } from 'node:test';
import { Docker, type Finished, hardened } from '#harness/docker.ts';
import { startMariadb } from '#harness/mariadb.ts';
import { needs } from '#harness/needs.ts';
import { startPostgres } from '#harness/postgres.ts';
import { postgresMajors } from '#harness/rig.ts';
import { bakeForTests, type ImageName, testImage } from './baked.ts';
import { postgresTools } from './database-tools.ts';

describe('programs for databases in the images of backup', () => {
  before(bakeForTests);

  for (const major of postgresMajors) {
    const bin = `/usr/lib/postgresql/${major}/bin`;

    test(`those of PostgreSQL ${major} run with all that they load`, needs('docker'), async (t) => {
      for (const tool of postgresTools) {
        const { stdout, stderr } = await inImage(t, 'backup', `${bin}/${tool}`, ['--version']);
        assert.match(stdout, new RegExp(`^${tool} \\(PostgreSQL\\) ${major}\\.`), stderr);
      }
    });

    test(`those of PostgreSQL ${major} dump a server of that age`, needs('docker', 'postgresql'), async (t) => {
      const server = await startPostgres(t, { major });
      await server.sql("CREATE ROLE guest LOGIN SUPERUSER PASSWORD 'secret'; CREATE TABLE words AS SELECT 'hello' AS word");
      const url = `postgres://guest:secret@127.0.0.1:${server.port}/postgres`;
      const host = ['--network', 'host'];
      const dump = await inImage(t, 'backup', `${bin}/pg_dump`, ['--dbname', url], host);
      assert.match(dump.stdout, /^hello$/m, dump.stderr);
    });
  }

  test('those of MariaDB run with all that they load', needs('docker'), async (t) => {
    for (const tool of ['mariadb', 'mariadb-dump']) {
      const { stdout, stderr } = await inImage(t, 'backup-mariadb', tool, ['--version']);
      assert.match(stdout, new RegExp(`^${tool} from 11\\..*-MariaDB`), stderr);
    }
  });

  test('those of MariaDB dump a server', needs('docker', 'mariadb'), async (t) => {
    const server = await startMariadb(t);
    await server.sql("CREATE DATABASE one; CREATE TABLE one.words SELECT 'hello' AS word");
    await server.sql("CREATE USER guest@localhost IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO guest@localhost");
    const access = ['--host=127.0.0.1', `--port=${server.port}`, '--user=guest', '--password=secret', '--skip-ssl'];
    const dump = await inImage(t, 'backup-mariadb', 'mariadb-dump', [...access, 'one'], ['--network', 'host']);
    assert.match(dump.stdout, /\('hello'\)/, dump.stderr);
    for (const plugin of ['client_ed25519', 'caching_sha2_password', 'parsec']) {
      const asked = [...access, `--default-auth=${plugin}`, '--batch', '--execute', 'SELECT 1 + 1'];
      const { stdout, stderr } = await inImage(t, 'backup-mariadb', 'mariadb', asked, ['--network', 'host']);
      assert.match(stdout, /^2$/m, stderr);
    }
  });
});

/** Runs a program of an image alone, as unprivileged as the sidecar. */
function inImage(
  t: TestContext,
  image: ImageName,
  program: string,
  command: readonly string[],
  flags: readonly string[] = ['--network', 'none'],
): Promise<Finished> {
  return new Docker(t).finish(testImage(image), { flags: [...hardened, ...flags, '--entrypoint', program], command });
}
