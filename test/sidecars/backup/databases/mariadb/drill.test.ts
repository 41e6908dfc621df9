// A drill restores into a database of its own, compares, and drops that, and that alone.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { startMariadb } from '#harness/mariadb.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import type { Manifest, StoredPart } from '../../../../../sidecars/backup/catalog/manifest.ts';
import { Weir } from '../postgres/weir.ts';
import { addressOf, bulk, contentOf, MariadbScene, scratches, sharedMariadb } from './scene.ts';

const shared = sharedMariadb();
const rows = "CREATE TABLE t (id int PRIMARY KEY, v varchar(20)); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');";

/** Puts another content into a part of a backup, as a program with a fault would have written it. */
function rewrite(scene: MariadbScene, manifest: Manifest, part: StoredPart, change: (text: string) => string): void {
  const path = join(scene.store, part.file);
  const plain = Buffer.from(change(zstdDecompressSync(readFileSync(path)).toString('utf8')));
  const stored = zstdCompressSync(plain, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  writeFileSync(path, stored);
  const now: StoredPart = {
    file: part.file,
    ...{
      plainBytes: plain.length,
      plainSha256: hash('sha256', plain),
      storedBytes: stored.length,
      storedSha256: hash('sha256', stored),
    },
  };
  const text = JSON.stringify(manifest, (_, value) => (value?.file === part.file ? now : value));
  writeFileSync(join(scene.store, `${manifest.id}.json`), text);
}

for (const [what, changed, change, reason] of [
  ['a row less', 'dump', (sql: string) => sql.replace("(2,'b'),\n", ''), /t has 2 rows, and had 3/],
  ['another value', 'dump', (sql: string) => sql.replace("(2,'b')", "(2,'B')"), /t has as many rows \(3\), and other values/],
  [
    'values that have changed places',
    'dump',
    (sql: string) => sql.replace("(1,'a'),\n(2,'b')", "(1,'b'),\n(2,'a')"),
    /other values/,
  ],
  [
    'a table less',
    'dump',
    (sql: string) => sql.replaceAll(/^(CREATE TABLE|LOCK|INSERT|\/\*!40000 ALTER)[\s\S]*?;\n/gm, ''),
    /t is missing/,
  ],
  ['a statement that fails', 'dump', (sql: string) => sql.replace('INSERT INTO', 'INSERT INTO oh'), /ERROR 1064 .* at line \d+/],
  ['facts of another state', 'tables', (facts: string) => facts.replace('"rows":"3"', '"rows":"4"'), /t has 3 rows, and had 4/],
] as const)
  test(`disproves a backup: ${what}`, needs('mariadb'), async (t) => {
    const scene = await MariadbScene.with(t, shared.server, rows);
    const manifest = await scene.save({ BACKUP_VERIFY: 'never' });
    const [saved] = manifest.databases;
    assert.ok(saved !== undefined);
    rewrite(scene, manifest, saved[changed], change);
    const drilled = await scene.drill();
    assert.deepEqual([drilled.code, drilled.outcome], [1, 'disproved']);
    assert.match(drilled.reason ?? '', reason);
    assert.deepEqual(await scratches(shared.server), []);
    assert.equal((await scene.list())[0]?.drilled?.outcome, 'disproved');
  });

test('of a new backup, by BACKUP_DRILL, on another server', needs('mariadb'), async (t) => {
  const other = await startMariadb(t);
  await other.sql(`CREATE USER backup@'%' IDENTIFIED VIA mysql_native_password USING '${await shared.server.sql("SELECT authentication_string FROM user WHERE user = 'backup'")}';
    GRANT ALL ON \`sidekick\\_drill\\_%\`.* TO backup@'%';`);
  const scene = await MariadbScene.with(t, shared.server, rows, {
    BACKUP_DRILL: 'always',
    BACKUP_DRILL_URL: `mysql://127.0.0.1:${other.port}`,
  });
  await shared.server.sql('SET GLOBAL general_log = ON, log_output = "TABLE"');
  const { drilled } = await scene.save();
  assert.deepEqual([drilled?.outcome, drilled?.tables, drilled?.rows, drilled?.reason], ['proven', 1, 3, null]);
  assert.equal(
    await shared.server.sql(
      "SELECT count(*) FROM general_log WHERE argument LIKE '%sidekick\\_drill\\_%' AND argument LIKE 'create%'",
    ),
    '0',
  );
  await shared.server.sql('SET GLOBAL general_log = OFF');
  assert.deepEqual(await scratches(other), []);
});

test('events and triggers do nothing, and the source is as it was', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(
    t,
    shared.server,
    `${rows} CREATE TABLE log (what text);
     CREATE EVENT often ON SCHEDULE EVERY 1 SECOND DO INSERT INTO log VALUES ('event');
     DELIMITER //
     CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW INSERT INTO log VALUES ('trigger')//`,
  );
  // as somebody may write it: with the name of the database
  await scene.sql(`CREATE TRIGGER ${scene.database}.named BEFORE UPDATE ON ${scene.database}.t FOR EACH ROW SET NEW.v = 'x'`);
  const before = await contentOf(shared.server, scene.database);
  await scene.save();
  const drilled = await scene.drill();
  assert.deepEqual([drilled.outcome, drilled.reason], ['proven', null]);
  // and where the source's own is gone, it stays so
  await scene.sql('DROP TRIGGER named');
  assert.equal((await scene.drill()).outcome, 'proven');
  assert.equal(await scene.sql("SELECT count(*) FROM information_schema.triggers WHERE trigger_name = 'named'"), '0');
  await scene.sql(`CREATE TRIGGER ${scene.database}.named BEFORE UPDATE ON ${scene.database}.t FOR EACH ROW SET NEW.v = 'x'`);
  assert.deepEqual(await contentOf(shared.server, scene.database), before);
});

test('what a killed drill has left is dropped by the next one, and nothing else', needs('mariadb'), async (t) => {
  const weir = await Weir.open(t, shared.server.port);
  const scene = await MariadbScene.with(t, shared.server, bulk('big', 4));
  await scene.save();
  // names like those of scratch databases, without the marker, or with a table that is none
  await shared.server.sql(`CREATE DATABASE sidekick_drill_mine; CREATE TABLE sidekick_drill_mine.precious (i int);
    CREATE DATABASE sidekick_drill_other; CREATE TABLE sidekick_drill_other.sidekick_drill_marker (i int) COMMENT 'mine';
    CREATE DATABASE not_a_drill; CREATE TABLE not_a_drill.sidekick_drill_marker (i int) COMMENT 'sidekick/backup drill on x';`);
  const mine = ['sidekick_drill_mine', 'sidekick_drill_other'];
  // one that is in use stays
  weir.hold('CREATE TABLE `big`');
  const busy = scene.start(['drill'], { BACKUP_DRILL_URL: `mysql://127.0.0.1:${weir.port}` });
  await until('a drill is in the middle', async () => (await scratches(shared.server)).length === 3);
  await weir.holds('CREATE TABLE `big`');
  const inUse = await scratches(shared.server);
  assert.equal((await scene.drill()).outcome, 'proven');
  assert.deepEqual(await scratches(shared.server), inUse);
  await busy.stop('SIGKILL');
  weir.release();
  assert.deepEqual(await scratches(shared.server), inUse);
  await until('its lock is gone', async () => {
    const [left] = inUse.filter((name) => !mine.includes(name));
    return (await shared.server.sql(`SELECT is_free_lock('${left}')`)) === '1';
  });
  assert.equal((await scene.drill()).outcome, 'proven');
  assert.deepEqual(await scratches(shared.server), mine);
  assert.equal(
    await shared.server.sql('SHOW TABLES IN not_a_drill; SHOW TABLES IN sidekick_drill_mine'),
    'sidekick_drill_marker\nprecious',
  );
  const all = await scene.save({ BACKUP_SOURCES: addressOf(shared.server, '*') });
  assert.ok(
    all.databases.some(({ database }) => database === 'sidekick_drill_mine'),
    'it is saved as any other',
  );
  await shared.server.sql('DROP DATABASE sidekick_drill_mine; DROP DATABASE sidekick_drill_other; DROP DATABASE not_a_drill');
});

test('a server of another kind for drills is not for these', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, rows);
  await scene.save();
  assert.equal((await scene.drill({ BACKUP_DRILL_URL: 'postgres://127.0.0.1:1' })).outcome, 'proven');
});

test('on a server that may not be used for it: undone', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, rows);
  await scene.save();
  const drilled = await scene.drill({ MYSQL_USER: 'saver' });
  assert.deepEqual([drilled.code, drilled.outcome], [1, 'undone']);
  assert.match(drilled.reason ?? '', /ERROR 1044 .*Access denied for user 'saver'/);
});
