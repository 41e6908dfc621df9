import assert from 'node:assert/strict';
import { before, describe, type TestContext, test } from 'node:test';
import { Docker, hardened } from '#harness/docker.ts';
import { startMariadb } from '#harness/mariadb.ts';
import { needs } from '#harness/needs.ts';
import { startPostgres } from '#harness/postgres.ts';
import { postgresMajors } from '#harness/rig.ts';
import { bakeForTests, type ImageName, testImage } from './baked.ts';

const content =
  "CREATE TABLE words (id int PRIMARY KEY, word varchar(40)); INSERT INTO words VALUES (1, 'hello'), (2, NULL), (3, 'world')";

describe('databases saved, drilled and restored by the images', () => {
  before(bakeForTests);

  for (const major of postgresMajors)
    test(`PostgreSQL ${major}`, needs('docker', 'postgresql'), async (t) => {
      const server = await startPostgres(t, { major });
      await server.sql("CREATE ROLE keeper LOGIN SUPERUSER PASSWORD 'secret'");
      await server.sql('CREATE DATABASE app');
      await server.sql(content, 'app');
      const address = `postgres://keeper@127.0.0.1:${server.port}`;
      await thereAndBack(t, 'backup', address, { PGPASSWORD: 'secret' });
      assert.equal(await server.sql('SELECT * FROM words ORDER BY id', 'new'), '1|hello\n2|\n3|world');
      const scratch = "SELECT count(*) FROM pg_database WHERE datname LIKE 'sidekick%'";
      assert.equal(await server.sql(scratch), '0');
    });

  test('MariaDB', needs('docker', 'mariadb'), async (t) => {
    const server = await startMariadb(t);
    await server.sql(
      "CREATE USER keeper@localhost IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO keeper@localhost WITH GRANT OPTION",
    );
    await server.sql(`CREATE DATABASE app; USE app; ${content}`);
    const address = `mysql://keeper@127.0.0.1:${server.port}`;
    await thereAndBack(t, 'backup-mariadb', address, { MYSQL_PASSWORD: 'secret' });
    assert.match(await server.sql('SELECT * FROM new.words ORDER BY id'), /hello.*NULL.*world/s);
  });
});

/** Saves the database `app`, drills it, and restores it as `new`: each in a container of its own, as unprivileged as the sidecar. */
async function thereAndBack(
  t: TestContext,
  image: ImageName,
  address: string,
  secret: Readonly<Record<string, string>>,
): Promise<void> {
  const docker = new Docker(t);
  const store = await docker.volume();
  const env = { BACKUP_SOURCES: `${address}/app`, BACKUP_TO: 'file:///backups', ...secret };
  const run = async (...command: readonly string[]) => {
    const flags = [
      ...hardened,
      '--network',
      'host',
      '--volume',
      `${store}:/backups`,
      ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ];
    const { code, stdout, stderr } = await docker.finish(testImage(image), { flags, command });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  await run('now');
  assert.match(await run('drill'), /proven: 1 table with 3 rows compared by rows and checksums/);
  assert.match(await run('restore', '--to', `${address}/new`), /its table with 3 rows is as it was saved, by rows and checksums/);
}
