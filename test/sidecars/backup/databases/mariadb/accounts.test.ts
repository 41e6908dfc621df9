// Who saves and who restores: what rights are missing is said by name, and accounts come with the databases.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { startMariadb } from '#harness/mariadb.ts';
import { needs } from '#harness/needs.ts';
import { addressOf, bulk, grantsFor, MariadbScene, nameOfNew, password, reasonOf, sharedMariadb } from './scene.ts';

const shared = sharedMariadb({ log_bin: 'log' });
const things = `CREATE TABLE t (i int); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT i FROM t; CREATE TABLE secret (i int);
  CREATE PROCEDURE p() SET @x = 1; CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.i = 1; CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @x = 1;`;

test('the rights that the how-to names are enough, and each is needed', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, things, { MYSQL_USER: 'saver' });
  const { database } = scene;
  const grant = new RegExp(`GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON \`${database}\`\\.\\* TO 'saver'@'%'`);
  await shared.server.sql(`GRANT SELECT ON ${database}.t TO saver@'%'; GRANT INSERT ON ${database}.secret TO saver@'%'`);
  const one = reasonOf(await scene.now(), 77);
  assert.match(
    one,
    /'saver'@'%' may not read secret, v, so that a dump would lack tables; |'saver'@'%' may not read secret, so that/,
  );
  assert.match(one, grant);
  await shared.server.sql(`REVOKE INSERT ON ${database}.secret FROM saver@'%'`);
  assert.match(reasonOf(await scene.now(), 77), /may read tables one by one, and does not even see those that it may not/);
  for (const right of ['SHOW VIEW', 'TRIGGER', 'EVENT']) {
    await shared.server.sql(`${grantsFor(database)} REVOKE ${right} ON ${database}.* FROM saver@'%'`);
    const reason = reasonOf(await scene.now(), 77);
    assert.match(reason, new RegExp(`'saver'@'%' has not the right ${right}, without which a dump would fail or lack things`));
    assert.match(reason, grant);
  }
  await shared.server.sql(grantsFor(database));
  const manifest = await scene.save();
  assert.match(
    manifest.warnings.join('\n'),
    /does not see functions and procedures of others, .*GRANT SELECT ON mysql\.proc TO 'saver'/,
  );
  assert.match(manifest.warnings.join('\n'), /accounts and what they may do are not saved: .*denied/);
  await shared.server.sql("GRANT SELECT ON mysql.proc TO saver@'%'");
  assert.ok(!(await scene.save()).warnings.some((warning) => warning.includes('procedures')));
  const { code, stderr } = await scene.restore(nameOfNew(), [], { MYSQL_USER: 'backup' });
  assert.equal(code, 0, stderr);
  assert.match(
    (await scene.run(['--check'])).stdout,
    new RegExp(`^ok +mysql:.*/${database}: can be saved: .*by mariadb-dump`, 'm'),
  );
});

test('all of a server, by one who does not see all of it', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, 'CREATE TABLE t (i int)', { MYSQL_USER: 'saver' });
  await shared.server.sql(grantsFor(scene.database));
  const reason = reasonOf(await scene.now({ BACKUP_SOURCES: addressOf(shared.server, '*') }), 77);
  assert.match(reason, /'saver'@'%' does not see all databases; GRANT SHOW DATABASES ON \*\.\* TO 'saver'@'%'/);
});

test('by one who is no superuser: --no-owner takes what belongs to others', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, things, { BACKUP_PG_GLOBALS: 'false' });
  await scene.save();
  const to = nameOfNew();
  await shared.server.sql(`GRANT ALL ON ${to}.* TO saver@'%'; SET GLOBAL log_bin_trust_function_creators = ON`);
  const refused = await scene.restore(to, [], { MYSQL_USER: 'saver' });
  assert.equal(refused.code, 77);
  assert.match(refused.stderr, /ERROR 1227 .*or add --no-owner/);
  const { code, stderr } = await scene.restore(to, ['--no-owner', '--clean'], { MYSQL_USER: 'saver' });
  assert.equal(code, 0, stderr);
  const definers = `SELECT definer FROM information_schema.triggers WHERE trigger_schema = '${to}' UNION SELECT definer FROM information_schema.views WHERE table_schema = '${to}'
    UNION SELECT definer FROM information_schema.routines WHERE routine_schema = '${to}' UNION SELECT definer FROM information_schema.events WHERE event_schema = '${to}'`;
  assert.equal(await shared.server.sql(definers), 'saver@%');
});

test('accounts, roles and rights come to another server; those that are there stay', needs('mariadb'), async (t) => {
  const { server } = shared;
  const scene = await MariadbScene.with(t, server, things);
  const { database } = scene;
  await server.sql(`CREATE ROLE readers; GRANT SELECT ON ${database}.* TO readers; CREATE USER 'o''dd \`x'@'10.%' IDENTIFIED BY 'it''s;\\n'; GRANT readers TO 'o''dd \`x'@'10.%';
    CREATE USER app@'%' IDENTIFIED BY 'app'; GRANT ALL ON ${database}.* TO app@'%'; GRANT SELECT ON ${database}.secret TO app@'%'; SET DEFAULT ROLE readers FOR 'o''dd \`x'@'10.%';
    CREATE USER there@'%' IDENTIFIED BY 'source'; GRANT SELECT ON ${database}.* TO there@'%'`);
  const manifest = await scene.save();
  const sql = zstdDecompressSync(readFileSync(join(scene.store, manifest.globals[0]?.sql.file ?? ''))).toString('utf8');
  assert.match(sql, /^CREATE ROLE `readers`;$/m);
  const other = await startMariadb(t);
  await other.sql(
    "CREATE USER backup@'%' IDENTIFIED BY ''; GRANT ALL ON *.* TO backup@'%' WITH GRANT OPTION; CREATE USER there@'%' IDENTIFIED BY 'other'",
  );
  const before = await other.sql("SHOW GRANTS FOR there@'%'");
  const { code, stdout, stderr } = await scene.run(['restore', '--to', addressOf(other, database)], { MYSQL_PASSWORD: '' });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /(are as they were|is as it was) saved/);
  assert.match(stderr, /made the roles .*`app`@`%` \(without 1 rights? to single tables or routines\)/);
  for (const who of ['readers', "app@'%'", "'o''dd `x'@'10.%'"]) {
    const granted = (text: string) => text.split('\n').filter((line) => !line.includes('`secret`'));
    assert.deepEqual(granted(await other.sql(`SHOW GRANTS FOR ${who}`)), granted(await server.sql(`SHOW GRANTS FOR ${who}`)));
  }
  assert.equal(await other.sql("SHOW GRANTS FOR there@'%'"), before);
  await server.sql("DROP ROLE readers; DROP USER app@'%', there@'%', 'o''dd `x'@'10.%'");
});

test('the password is in no argument, no log and no store', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, bulk('big', 8), { BACKUP_DRILL: 'always' });
  const run = scene.start(['now']);
  const seen = new Set<string>();
  let over = false;
  const ended = run.ended.finally(() => {
    over = true;
  });
  while (!over) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        if (words.includes(`--port=${shared.server.port}`)) seen.add(words);
      } catch {
        // it ended since it was seen
      }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stderr);
  assert.ok([...seen].some((words) => words.includes('mariadb-dump')) && seen.size > 1);
  const secrets = [password, password.slice(0, 8), Buffer.from(password).toString('hex')];
  const texts = [...seen, stdout, stderr];
  for (const file of scene.files) {
    const content = readFileSync(join(scene.store, file));
    texts.push((file.endsWith('.zst') ? zstdDecompressSync(content) : content).toString('latin1'));
  }
  for (const secret of secrets)
    assert.ok(
      texts.every((text) => !text.includes(secret)),
      secret,
    );
});
