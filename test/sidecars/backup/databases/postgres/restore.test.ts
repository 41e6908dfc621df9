// Databases that are brought back: to where, how much of them, with which roles, and what is left alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { forgeFacts } from './forge.ts';
import {
  addressOf,
  assertSameDatabase,
  contentOf,
  DatabaseScene,
  nameOfNew,
  newDatabase,
  noise,
  schemaOf,
  sharedPostgres,
  untilGone,
} from './scene.ts';
import { Weir } from './weir.ts';

const shared = sharedPostgres({ major: 17, hba: ['host all postgres samehost trust'] });

const shop = `CREATE TABLE goods (id serial PRIMARY KEY, name text UNIQUE);
  INSERT INTO goods (name) SELECT 'good ' || i FROM generate_series(1, 100) i; CREATE INDEX goods_length ON goods (length(name));
  CREATE TABLE sales (id int PRIMARY KEY, good int REFERENCES goods, at date) ; INSERT INTO sales SELECT i, i, '2026-11-26' FROM generate_series(1, 50) i;
  CREATE TABLE visits (at date, who text) PARTITION BY RANGE (at); CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  CREATE INDEX ON visits (at); INSERT INTO visits VALUES ('2026-05-01', 'a'), ('2026-06-01', 'b');
  CREATE TYPE mood AS ENUM ('good'); CREATE TABLE moods (m mood DEFAULT 'good'); INSERT INTO moods DEFAULT VALUES;`;

/** Names of what is in the schema `public`, by kind. */
async function namesIn(database: string): Promise<string> {
  return shared.server.sql(
    "SELECT string_agg(relkind::text || ' ' || relname, ', ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    database,
  );
}

test('a database that is not empty is left alone, unless something else is said', needs('postgresql'), async (t) => {
  const { server } = shared;
  const scene = await DatabaseScene.with(t, server, shop);
  await scene.save();
  const whole = await contentOf(server, scene.database);
  const occupied = await newDatabase(server);
  await server.sql('CREATE TABLE mine AS SELECT 1 AS one; CREATE TABLE visits (mine int)', occupied);
  const before = [await contentOf(server, occupied), await schemaOf(server, occupied)];
  const untouched = async () => assert.deepEqual([await contentOf(server, occupied), await schemaOf(server, occupied)], before);

  const refused = await scene.restore(occupied);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    new RegExp(`/${occupied} is not empty; name another database, which is made where it is missing, or add --clean`),
  );
  await untouched();
  // a table of the same name: all that was made before it is taken back, also with several jobs
  for (const jobs of ['1', '4']) {
    const failed = await scene.restore(occupied, ['--overwrite'], { BACKUP_PG_JOBS: jobs });
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /pg_restore 17\.\S+ into \S+ ended with exit code 1: .*relation \\"visits\\" already exists/);
    await untouched();
  }
  await server.sql('DROP TABLE visits', occupied);
  const beside = await scene.restore(occupied, ['--overwrite']);
  assert.deepEqual([beside.code, /it was not compared/.test(beside.stdout)], [0, true], beside.stderr);
  assert.deepEqual(
    (await contentOf(server, occupied)).filter((table) => !table.includes('public.mine')),
    whole,
  );

  await server.sql("DELETE FROM sales; UPDATE goods SET name = name || '!'", occupied);
  const clean = await scene.restore(occupied, ['--clean']);
  assert.equal(clean.code, 0, clean.stderr);
  assert.match(clean.stdout, /its 4 tables with 153 rows are as they were saved/);
  assert.deepEqual(
    (await contentOf(server, occupied)).filter((table) => !table.includes('public.mine')),
    whole,
  );
  assert.equal(await server.sql('SELECT one FROM mine', occupied), '1');
});

test('some tables, with all that belongs to them', needs('postgresql'), async (t) => {
  const { server } = shared;
  const scene = await DatabaseScene.with(t, server, shop);
  await scene.save();
  const restored = async (tables: string, ...more: string[]) => {
    const name = nameOfNew();
    const { code, stderr } = await scene.restore(name, ['--tables', tables, ...more]);
    assert.equal(code, 0, stderr);
    return name;
  };
  const goods = await restored('goods');
  assert.equal(await namesIn(goods), 'r goods, S goods_id_seq, i goods_length, i goods_name_key, i goods_pkey');
  assert.equal(await server.sql("INSERT INTO goods (name) VALUES ('next') RETURNING id", goods), '101');
  assert.equal(
    await server.sql("SELECT count(*), pg_get_serial_sequence('goods', 'id') FROM goods", goods),
    '101|public.goods_id_seq',
  );
  // a foreign key needs both tables
  const sales = await restored('public.sales');
  assert.equal(await namesIn(sales), 'r sales, i sales_pkey');
  assert.equal(await server.sql("SELECT count(*) FROM pg_constraint WHERE contype = 'f'", sales), '0');
  const both = await restored('goods,sales');
  assert.equal(
    await server.sql("SELECT conrelid::regclass, confrelid::regclass FROM pg_constraint WHERE contype = 'f'", both),
    'sales|goods',
  );
  const visits = await restored('visits,moods');
  assert.equal(await namesIn(visits), 'r moods, p visits, r visits_2026, i visits_2026_at_idx, I visits_at_idx');
  assert.equal(await server.sql('SELECT count(*) FROM visits; SELECT m FROM moods', visits), '2\ngood');
  // into a database that has the others
  await server.sql('DROP TABLE sales', both);
  const into = await scene.restore(both, ['--tables', 'sales', '--overwrite']);
  assert.equal(into.code, 0, into.stderr);
  assert.equal(await server.sql('SELECT count(*) FROM sales', both), '50');

  const missing = await scene.restore(nameOfNew(), ['--tables', 'goods,nosuch']);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /the dump has no table nosuch; write schema\.table as it was/);
});

test(
  'roles that are missing are made, with passwords and memberships; those that are there stay',
  needs('postgresql'),
  async (t) => {
    const { server } = shared;
    await server.sql(`CREATE ROLE "Own;er" LOGIN PASSWORD 'it''s'; CREATE ROLE staff; GRANT staff TO "Own;er" WITH ADMIN OPTION;
    CREATE ROLE there LOGIN PASSWORD 'old'; ALTER ROLE "Own;er" SET search_path = '$user', public; COMMENT ON ROLE staff IS 'it''s; "staff"'`);
    const scene = await DatabaseScene.with(
      t,
      server,
      `${shop} ALTER TABLE goods OWNER TO "Own;er"; GRANT SELECT ON sales TO staff, there;`,
    );
    await scene.save();
    const told = `SELECT rolname, rolcanlogin, rolpassword FROM pg_authid WHERE rolname IN ('Own;er', 'staff') ORDER BY 1;
    SELECT pg_get_userbyid(roleid), pg_get_userbyid(member), admin_option FROM pg_auth_members WHERE pg_get_userbyid(member) = 'Own;er';
    SELECT setconfig FROM pg_db_role_setting; SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = 'staff'`;
    const before = await server.sql(told);
    const schema = await schemaOf(server, scene.database);
    const rows = await contentOf(server, scene.database);
    await server.sql(`DROP DATABASE ${scene.database}`);
    await server.sql(`DROP ROLE "Own;er"; DROP ROLE staff; ALTER ROLE there PASSWORD 'new'`);
    const there = await server.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'there'");
    const { code, stderr } = await scene.restore(scene.database);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /made the roles Own;er, staff, which were missing/);
    assert.equal(await server.sql(told), before);
    assert.equal(await server.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'there'"), there);
    assert.deepEqual([await schemaOf(server, scene.database), await contentOf(server, scene.database)], [schema, rows]);

    // as one who may do little: without owners, and told what to do where they are wanted
    await server.sql(`CREATE ROLE plain LOGIN CREATEDB PASSWORD 'plain'; REASSIGN OWNED BY staff TO postgres`);
    const plain = { PGUSER: 'plain', PGPASSWORD: 'plain', PGHOST: '127.0.0.1' };
    const name = nameOfNew();
    const mine = await scene.restore(name, ['--no-owner'], plain);
    assert.equal(mine.code, 0, mine.stderr);
    assert.equal(await server.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'", name), 'plain');
    await server.sql(`DROP DATABASE ${scene.database}`);
    await server.sql('DROP ROLE staff');
    const refused = await scene.restore(nameOfNew(), [], plain);
    assert.equal(refused.code, 77);
    assert.match(refused.stderr, /roles that the database needs are missing, and may not be made by this role; .*add --no-owner/);
  },
);

test('one of several databases, all of them, and what cannot be', needs('postgresql'), async (t) => {
  const { server } = shared;
  const first = await DatabaseScene.with(t, server, shop);
  const second = await newDatabase(server);
  await server.sql('CREATE TABLE two AS SELECT 2 AS two', second);
  const scene = DatabaseScene.of(t, server, '', { BACKUP_SOURCES: `${addressOf(first.database)},${addressOf(second)}` });
  await scene.save();
  const choose = await scene.restore('somewhere');
  assert.match(
    choose.stderr,
    new RegExp(`has several databases, .*/${second}: choose one by --database, or restore all to …/\\*`),
  );
  assert.match((await scene.restore('somewhere', ['--database', 'nosuch'])).stderr, /has no database nosuch; it has postgres:/);
  const name = nameOfNew();
  assert.equal((await scene.restore(name, ['--database', second])).code, 0);
  await assertSameDatabase(server, second, server, name);

  const before = await contentOf(server, first.database);
  for (const database of [first.database, second]) await server.sql(`DROP DATABASE ${database}`);
  const all = await scene.run(['restore', '--to', 'postgres:///*']);
  assert.equal(all.code, 0, all.stderr);
  assert.deepEqual(await contentOf(server, first.database), before);
  await assertSameDatabase(server, name, server, second);

  const mysql = await scene.run(['restore', '--database', second, '--to', 'mysql://127.0.0.1/other']);
  assert.equal(mysql.code, 64, mysql.stderr);
  const paths = await scene.run(['restore', '--to', addressOf('other'), '/etc']);
  assert.deepEqual(
    [paths.code, /paths are for folders, and --to names a database; choose tables by --tables/.test(paths.stderr)],
    [64, true],
  );
  const folder = await scene.run(['restore', '--to', scene.folder, '--clean']);
  assert.deepEqual([folder.code, /--clean is for databases/.test(folder.stderr)], [64, true]);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const)
  test(
    `${signal} in the middle of a restore into a database with something in it: nothing has changed`,
    needs('postgresql'),
    async (t) => {
      const { server } = shared;
      // more than fits into a pipe: what is cut off is not whole
      const scene = await DatabaseScene.with(t, server, `${shop} ${noise('filler', 1)}`, { SIDEKICK_GRACE: '40s' });
      await scene.save();
      await scene.sql("UPDATE goods SET name = 'changed since' WHERE id = 1");
      const before = [await contentOf(server, scene.database), await schemaOf(server, scene.database)];
      const weir = await Weir.open(t, server.port);
      weir.hold('CREATE TABLE public.sales');
      const through = { PGHOST: '127.0.0.1', PGPORT: String(weir.port) };
      const restore = scene.start(['restore', '--clean', '--to', addressOf(scene.database)], through);
      await weir.holds('CREATE TABLE public.sales');
      const { code, stderr } = await restore.stop(signal);
      if (signal === 'SIGTERM') assert.equal(code, 1);
      assert.doesNotMatch(stderr, /grace/);
      weir.release();
      await untilGone(server, weir.port);
      assert.deepEqual([await contentOf(server, scene.database), await schemaOf(server, scene.database)], before);
    },
  );

test('what is not as it was saved is told after a restore', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, shop);
  const manifest = await scene.save();
  forgeFacts(scene.store, manifest, (fact) => (fact.table === 'public.goods' ? { ...fact, checksum: '1' } : fact));
  const { code, stdout, stderr } = await scene.restore(nameOfNew());
  assert.equal(code, 1);
  assert.match(stdout, /1 of its 4 tables are not as they were saved/);
  assert.match(stderr, /is not what was saved: public\.goods has as many rows \(100\), and other values/);
  const unchecked = await scene.restore(nameOfNew(), ['--unchecked']);
  assert.equal(unchecked.code, 0, unchecked.stderr);
});
