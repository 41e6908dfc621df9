// What a database may hold: all of it comes back as it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { everything } from './everything.ts';
import { addressOf, assertSameDatabase, DatabaseScene, nameOfNew, sharedPostgres } from './scene.ts';

const shared = sharedPostgres({ major: 18 });

test('all kinds of things, with several jobs: dumped, verified, drilled and restored', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, everything, { BACKUP_PG_JOBS: '4', BACKUP_DRILL: 'always' });
  const manifest = await scene.save();
  assert.deepEqual([manifest.databases[0]?.format, manifest.drilled?.outcome], ['directory', 'proven']);
  assert.equal(manifest.verified?.how, 'content');
  const name = await scene.restoreSame();
  // the next values are the next ones
  const next =
    "INSERT INTO numbered DEFAULT VALUES RETURNING id, big, other; INSERT INTO types (te) VALUES ('next') RETURNING id";
  assert.equal(await shared.server.sql(next, name), await scene.sql(next));
  assert.equal(await shared.server.sql('SELECT id, other FROM numbered ORDER BY id', name), '1|19\n3|33');
  scene.assertHolds(manifest);
});

const names = [`od'd "db"`, 'a comma, 100% blank', 'größe/\\?#', '-d', 'dbname=postgres'];

test('databases with all kinds of names', needs('postgresql'), async (t) => {
  const { server } = shared;
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const addresses: string[] = [];
  for (const [index, name] of names.entries()) {
    await server.sql(`CREATE DATABASE ${quoted(name)}`);
    await server.sql(`CREATE TABLE named AS SELECT ${index} AS at`, name);
    addresses.push(addressOf(name));
  }
  const scene = DatabaseScene.of(t, server, '', { BACKUP_SOURCES: addresses.join(','), BACKUP_DRILL: 'always' });
  const manifest = await scene.save();
  assert.deepEqual(
    manifest.databases.map(({ database }) => database),
    names,
  );
  assert.equal(manifest.drilled?.outcome, 'proven');
  const [first = ''] = names;
  const to = `${first}, again`;
  const { code, stderr } = await scene.restore(to, ['--database', first]);
  assert.equal(code, 0, stderr);
  await assertSameDatabase(server, first, server, to);
  for (const name of [...names, to]) await server.sql(`DROP DATABASE ${quoted(name)}`);
});

test('columns that come in another order once they are restored', needs('postgresql'), async (t) => {
  const inherits = `CREATE TABLE above (a int); CREATE TABLE below (b int, x text) INHERITS (above); ALTER TABLE above ADD late int DEFAULT 3;
    INSERT INTO below (a, b, x) VALUES (1, 2, 'x'); CREATE TABLE one (x int); INSERT INTO one VALUES (1), (NULL);`;
  const scene = await DatabaseScene.with(t, shared.server, inherits, { BACKUP_DRILL: 'always' });
  const order =
    "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'below'::regclass AND attnum > 0";
  assert.equal((await scene.save()).drilled?.outcome, 'proven');
  const name = nameOfNew();
  const { code, stdout, stderr } = await scene.restore(name);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /(are as they were|is as it was) saved/);
  assert.deepEqual([await scene.sql(order), await shared.server.sql(order, name)], ['a,b,x,late', 'a,late,b,x']);
});

test('a row of 100 MiB', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, 'CREATE TABLE huge (id int, content bytea STORAGE EXTERNAL)');
  await scene.sql("INSERT INTO huge SELECT 1, decode(repeat('0123456789abcdef', 13107200), 'hex')");
  const length = 'SELECT id, length(content), md5(content) FROM huge';
  const { databases } = await scene.save({ BACKUP_VERIFY: 'never' });
  assert.equal(databases[0]?.counts.rows, 1);
  const name = nameOfNew();
  const { code, stderr } = await scene.restore(name, ['--unchecked']);
  assert.equal(code, 0, stderr);
  assert.equal(await shared.server.sql(length, name), await scene.sql(length));
  assert.match(await scene.sql(length), /^1\|104857600\|/);
  for (const database of [name, scene.database]) await shared.server.sql(`DROP DATABASE ${database}`);
});

test('a thousand tables, and none', needs('postgresql'), async (t) => {
  const many = Array.from({ length: 1000 }, (_, at) => `CREATE TABLE t${at} (id) AS SELECT ${at};`).join('\n');
  const scene = await DatabaseScene.with(t, shared.server, `BEGIN; ${many} COMMIT`);
  const { databases } = await scene.save();
  assert.deepEqual(databases[0]?.counts, { tables: 1000, rows: 1000 });
  await scene.restoreSame();

  const empty = await DatabaseScene.with(t, shared.server, '');
  const manifest = await empty.save();
  assert.deepEqual(manifest.databases[0]?.counts, { tables: 0, rows: 0 });
  await empty.restoreSame();
  assert.equal((await empty.run(['drill'])).code, 0);
});
