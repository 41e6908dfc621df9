// The dump and the counts are of one state, whatever is written meanwhile; where that cannot be had, nothing is counted, and that is told.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import type { MariadbServer } from '#harness/mariadb.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { MariadbScene, sharedMariadb } from './scene.ts';

const logging = sharedMariadb({ log_bin: 'log' });
const silent = sharedMariadb();
const tables = `CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY, v varchar(40)); CREATE TABLE b LIKE a;
  INSERT INTO a (v) SELECT md5(seq) FROM seq_1_to_20000; INSERT INTO b (v) SELECT v FROM a;
  DELIMITER //
  CREATE PROCEDURE writing() BEGIN
    DECLARE n int DEFAULT 0;
    LOOP
      START TRANSACTION; INSERT INTO a (v) VALUES (n); INSERT INTO b (v) VALUES (n); UPDATE a SET v = n WHERE id = 1 + n % 20000; COMMIT;
      DO SLEEP(0.001); SET n = n + 1;
    END LOOP;
  END//`;

/** Writes to both tables until the test ends. */
async function writing(t: TestContext, scene: MariadbScene): Promise<void> {
  const { server, database } = scene;
  const done = server.sql('CALL writing()', database).catch(() => {});
  atEnd(t, async () => {
    await stopWriting(server);
    await done;
  });
}

async function stopWriting(server: MariadbServer): Promise<void> {
  const ids = await server.sql("SELECT id FROM information_schema.processlist WHERE user = 'root' AND id <> connection_id()");
  for (const id of ids.split('\n').filter((line) => line !== '')) await server.sql(`KILL ${id}`).catch(() => {});
}

test('while both tables are written to', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, silent.server, tables);
  await writing(t, scene);
  for (let round = 0; round < 3; round += 1) {
    const [saved] = (await scene.save()).databases;
    assert.ok((saved?.counts.rows ?? 0) >= 40_000);
    const drilled = await scene.drill();
    assert.deepEqual([drilled.outcome, drilled.reason, drilled.tables], ['proven', null, 2]);
  }
});

test('by one who may not lock tables: the places in the log are compared', needs('mariadb'), async (t) => {
  const { server } = logging;
  const scene = await MariadbScene.with(t, server, tables);
  await server.sql(`GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON ${scene.database}.* TO saver@'%'`);
  const more = { MYSQL_USER: 'saver', BACKUP_PG_GLOBALS: 'false' };
  const still = await scene.save(more);
  assert.equal(still.databases[0]?.counts.rows, 40_000);
  assert.ok(still.databases[0].position !== null);
  assert.ok(!still.warnings.some((warning) => warning.includes('not counted')), still.warnings.join('\n'));
  assert.equal((await scene.drill()).outcome, 'proven');
});

test('by one who may not lock tables, while both are written to: counted right, or not at all', needs('mariadb'), async (t) => {
  const { server } = logging;
  const scene = await MariadbScene.with(t, server, tables);
  await server.sql(`GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON ${scene.database}.* TO saver@'%'`);
  await writing(t, scene);
  const manifest = await scene.save({ MYSQL_USER: 'saver', BACKUP_PG_GLOBALS: 'false' });
  const [saved] = manifest.databases;
  const told = /its rows are not counted: .*Access denied.*, and it is written to without a pause/.test(
    manifest.warnings.join('\n'),
  );
  assert.equal(saved?.counts.rows === 0, told);
  assert.ok(saved?.position !== null);
  assert.equal((await scene.drill()).outcome, 'proven');
});

test('while a transaction that has written stays open: it is not waited for until it ends', needs('mariadb'), async (t) => {
  const { server } = logging;
  const scene = await MariadbScene.with(t, server, tables);
  const open = server.sql('START TRANSACTION; DELETE FROM a WHERE id < 10; DO SLEEP(1000)', scene.database).catch(() => {});
  atEnd(t, async () => {
    await stopWriting(server);
    await open;
  });
  await until(
    'it sleeps',
    async () => (await server.sql("SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'DO SLEEP(1%'")) === '1',
  );
  const [saved] = (await scene.save()).databases;
  assert.equal(saved?.counts.rows, 40_000);
  assert.equal((await scene.drill()).outcome, 'proven');
});

test('by one who may not lock tables, on a server without a log: nothing is counted', needs('mariadb'), async (t) => {
  const { server } = silent;
  const scene = await MariadbScene.with(t, server, tables);
  await server.sql(`GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON ${scene.database}.* TO saver@'%'`);
  const manifest = await scene.save({ MYSQL_USER: 'saver', BACKUP_PG_GLOBALS: 'false' });
  assert.deepEqual(manifest.databases[0]?.counts, { tables: 0, rows: 0 });
  assert.equal(manifest.databases[0].position, null);
  assert.match(
    manifest.warnings.join('\n'),
    /its rows are not counted: its tables could not be locked .*Access denied.*a drill proves then that it can be restored, and no more/,
  );
  const { code, stdout, stderr } = await scene.run(['drill']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /proven to be restorable: no tables were counted when it was saved, so that none was compared/);
  const restored = await scene.restore(`${scene.database}_again`);
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(restored.stdout, /it was not compared with what was saved/);
});

test('tables without transactions are named, saved, and not compared', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(
    t,
    silent.server,
    'CREATE TABLE old (i int) ENGINE=MyISAM; INSERT INTO old VALUES (1); CREATE TABLE aria (i int) ENGINE=Aria; CREATE TABLE new (i int); CREATE TABLE kept (i int) WITH SYSTEM VERSIONING',
  );
  const manifest = await scene.save();
  assert.match(
    manifest.warnings.join('\n'),
    /aria \(Aria\), old \(MyISAM\): tables without transactions are saved as they are when the dump reads them/,
  );
  assert.match(manifest.warnings.join('\n'), /: kept: of system-versioned tables the rows of now are saved/);
  assert.equal(manifest.databases[0]?.counts.tables, 2);
  assert.equal((await scene.drill()).outcome, 'proven');
  assert.equal((await scene.restore(`${scene.database}_again`)).code, 0);
  assert.equal(await silent.server.sql('SELECT i FROM old', `${scene.database}_again`), '1');
});
