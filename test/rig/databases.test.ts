// Servers that test/rig/tools-up brings, and what the harness makes of them: they run, with the clients of their own version.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startMariadb } from '#harness/mariadb.ts';
import { needs } from '#harness/needs.ts';
import { startPostgres } from '#harness/postgres.ts';
import { postgresMajors } from '#harness/rig.ts';

const run = promisify(execFile);

for (const major of postgresMajors) {
  test(`PostgreSQL ${major} starts, dumps and restores, and starts again with what it has`, needs('postgresql'), async (t) => {
    const server = await startPostgres(t, { major, settings: { fsync: 'on' } });
    assert.match(await server.sql('SELECT version()'), new RegExp(`^PostgreSQL ${major}\\.`));
    await server.sql("CREATE EXTENSION hstore; CREATE TABLE pairs AS SELECT 'a => 1'::hstore AS pair; CREATE DATABASE other");
    await server.sql("CREATE ROLE guest LOGIN PASSWORD 'secret'; GRANT pg_read_all_data TO guest");
    const env = { PATH: `${server.bin}:/usr/bin:/bin`, PGPORT: String(server.port) };
    const guest = { env: { ...env, PGHOST: '127.0.0.1', PGUSER: 'guest', PGPASSWORD: 'secret' } };
    await assert.rejects(run('pg_dump', ['postgres'], { env: { ...guest.env, PGPASSWORD: 'wrong' } }), /password authentication/);
    const archive = `${server.socketFolder}/archive`;
    await run('pg_dump', ['--format', 'custom', '--file', archive, 'postgres'], guest);
    const admin = { env: { ...env, PGHOST: server.socketFolder, PGUSER: 'postgres' } };
    await run('pg_restore', ['--dbname', 'other', archive], admin);
    assert.match((await run('pg_dumpall', ['--globals-only'], admin)).stdout, /CREATE ROLE guest/);
    const { pid } = server;
    await server.restart();
    assert.notEqual(server.pid, pid);
    assert.equal(await server.sql('SELECT pair FROM pairs; SHOW fsync', 'other'), '"a"=>"1"\non');
    await server.stop('SIGKILL');
    assert.ok(!existsSync(`/proc/${server.pid}`));
  });
}

test('MariaDB starts, dumps and restores, and starts again with what it has', needs('mariadb'), async (t) => {
  const server = await startMariadb(t, { max_connections: '33' });
  assert.match(await server.sql('SELECT version(), @@max_connections'), /-MariaDB.*\t33$/);
  await server.sql("CREATE DATABASE one; CREATE DATABASE two; CREATE TABLE one.words SELECT 'ä' AS word");
  const access = ['--no-defaults', '--host=127.0.0.1', `--port=${server.port}`, '--user=root'];
  const { stdout } = await run(`${server.bin}/mariadb-dump`, [...access, 'one']);
  await server.sql(stdout, 'two');
  const { pid } = server;
  await server.restart();
  assert.notEqual(server.pid, pid);
  assert.equal(await server.sql('SELECT word FROM words', 'two'), 'ä');
});
