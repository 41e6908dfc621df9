// Saved, drilled and restored: everything that a database of MariaDB can hold is there again, and is the same.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { needs } from '#harness/needs.ts';
import { addressOf, contentOf, MariadbScene, nameOfNew, newDatabase, sharedMariadb } from './scene.ts';

const shared = sharedMariadb({ log_bin: 'log', max_allowed_packet: '64M' });
const run = promisify(execFile);

const types = `
  CREATE TABLE numbers (id bigint unsigned PRIMARY KEY, t tinyint, s smallint, m mediumint, i int zerofill, d decimal(40,20), f float, x double, b bit(9), bo bool);
  INSERT INTO numbers VALUES (18446744073709551615, -128, -32768, -8388608, 7, -12345678901234567890.12345678901234567890, 1.5, 0.1, b'101010101', true),
    (0, null, null, null, null, null, null, null, null, null), (1, 1, 1, 1, 1, 1, -1e-30, 1.7976931348623157e308, b'0', false), (2, 0, 0, 0, 0, 0, 16777216, 5e-324, b'1', 2);
  CREATE TABLE times (id int PRIMARY KEY AUTO_INCREMENT, d date, t time(6), dt datetime(3), ts timestamp(6) NULL, y year) AUTO_INCREMENT=1000;
  SET sql_mode = '', time_zone = '+05:30';
  INSERT INTO times VALUES (1, '0000-00-00', '-838:59:59.000000', '9999-12-31 23:59:59.999', '2038-01-19 03:14:07.999999', 1901), (2, '2024-02-29', '12:34:56.789012', '1000-01-01', '1970-01-02 00:00:01', 2155), (3, null, null, null, null, null);
  CREATE TABLE texts (id int PRIMARY KEY, c char(10), v varchar(2000), l char(20) CHARACTER SET latin1, u varchar(20) CHARACTER SET ucs2, b binary(4), vb varbinary(20), t text, mb mediumblob, e enum('a','é','x,y'), s set('one','two'), j json, uu uuid, ip inet6);
  INSERT INTO texts VALUES (1, 'pad  ', 'tab\\t newline\\n return\\r nul\\0 quote'' "double" \\\\ backslash \\Z ; -- no # comment /* none */ 🐘', 'é\\\\ÿ', 'ünï', x'00', x'00ff27225c0a', 'a;\\n-- Table structure for table \`fake\`\\n--\\nINSERT INTO x', x'00ff', 'é', 'one,two', '{"a": [1, null, "\\\\u00e9"]}', uuid(), '::1'),
    (2, '', '', '', '', '', '', '', '', 'a', '', '{}', null, null), (3, null, null, null, null, null, null, null, null, null, null, null, null, null), (4, 'NULL', 'NULL', 'NULL', 'NULL', 'NULL', 'NULL', 'NULL', 'NULL', null, null, '"NULL"', null, null);
  CREATE TABLE shapes (id int PRIMARY KEY, g geometry, p point NOT NULL, SPATIAL INDEX (p));
  INSERT INTO shapes VALUES (1, ST_GeomFromText('POLYGON((0 0,10 0,10 10,0 0))', 4326), POINT(1.5, -2)), (2, null, POINT(0, 0));
  CREATE TABLE huge (id int PRIMARY KEY, b longblob, t longtext);
  INSERT INTO huge VALUES (1, repeat(x'00ff275c0a', 1000000), repeat('é;\\n', 250000)), (2, '', null);`;

const things = `
  CREATE TABLE \`quoted \\\\ "name" ; -- é\` (\`a \`\` b\` int PRIMARY KEY, \`select\` varchar(9) DEFAULT ';''\\n' COMMENT 'it''s;\\n-- one');
  INSERT INTO \`quoted \\\\ "name" ; -- é\` VALUES (1, 'x'), (2, DEFAULT);
  CREATE TABLE \`INSERT INTO\` (i int);
  CREATE TABLE empty_one (id int PRIMARY KEY);
  CREATE TABLE no_key (i int, t varchar(10)); INSERT INTO no_key VALUES (1, 'a'), (1, 'a'), (2, null);
  CREATE TABLE hen (id int PRIMARY KEY, egg int); CREATE TABLE egg (id int PRIMARY KEY, hen int, CONSTRAINT of_hen FOREIGN KEY (hen) REFERENCES hen (id));
  INSERT INTO hen VALUES (1, 1); INSERT INTO egg VALUES (1, 1); ALTER TABLE hen ADD CONSTRAINT of_egg FOREIGN KEY (egg) REFERENCES egg (id) ON DELETE CASCADE;
  CREATE TABLE generated (a int, v int AS (a * 2) VIRTUAL, s varchar(20) AS (concat('#', a)) STORED, KEY (s)); INSERT INTO generated (a) VALUES (1), (2), (null);
  CREATE TABLE parts (id int PRIMARY KEY, t text) PARTITION BY RANGE (id) (PARTITION low VALUES LESS THAN (10), PARTITION high VALUES LESS THAN MAXVALUE);
  INSERT INTO parts VALUES (1, 'a'), (100, 'b');
  CREATE TABLE hidden (a int PRIMARY KEY, h int INVISIBLE DEFAULT 5); INSERT INTO hidden (a) VALUES (1);
  CREATE SEQUENCE counter START WITH 5; DO NEXTVAL(counter);
  CREATE TABLE counted (i int, n bigint DEFAULT NEXTVAL(counter)); INSERT INTO counted (i) VALUES (1);
  CREATE TABLE log (what varchar(100));
  CREATE VIEW upon AS SELECT h.id, e.id AS egg FROM hen h JOIN egg e ON e.hen = h.id;
  CREATE VIEW above AS SELECT id + 1 AS more FROM upon;
  DELIMITER //
  CREATE TRIGGER plain BEFORE INSERT ON no_key FOR EACH ROW BEGIN SET NEW.t = concat('t;', NEW.t); INSERT INTO log VALUES ('plain'); END//
  CREATE PROCEDURE tell(IN x int, OUT y int) COMMENT 'it''s' BEGIN
    -- Table structure for table \`fake\`
    DECLARE z varchar(100) DEFAULT 'a;
-- Dumping data for table \`log\`
b';
    # another '
    SET y = x /* ; */ + 1;
  END//
  CREATE FUNCTION twice(x int) RETURNS int DETERMINISTIC RETURN x * 2//
  SET sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'//
  CREATE FUNCTION odd() RETURNS varchar(9) DETERMINISTIC BEGIN DECLARE "a""\\" varchar(9) DEFAULT '\\'; RETURN concat("a""\\", ';'); END//
  SET sql_mode = DEFAULT//
  CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 03:00:00' COMMENT 'x;' DO BEGIN DELETE FROM log; END//
  DELIMITER ;`;

for (const [what, sql] of [
  ['columns of all types, and rows of 5 MB', types],
  ['tables, views, routines, triggers, events, with names and texts that look like something else', things],
] as const)
  test(what, needs('mariadb'), async (t) => {
    const scene = await MariadbScene.with(t, shared.server, sql);
    const [saved] = (await scene.save()).databases;
    assert.equal(saved?.format, 'sql');
    assert.ok(saved.counts.rows > 5);
    assert.match(saved.server, /^\d+\.\d+\.\d+-MariaDB$/);
    assert.match(saved.tool, /^mariadb-dump \d/);
    const name = await scene.restoreSame();
    const drilled = await scene.drill();
    assert.deepEqual([drilled.code, drilled.outcome, drilled.reason], [0, 'proven', null]);
    assert.deepEqual([drilled.tables, drilled.rows], [saved.counts.tables, saved.counts.rows]);
    // once more, over what is there
    assert.equal((await scene.restore(name)).code, 1);
    const { code, stderr } = await scene.restore(name, ['--clean']);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await contentOf(shared.server, name), await contentOf(shared.server, scene.database));
    assert.deepEqual((await scene.restore(nameOfNew(), ['--no-owner'])).code, 0);
  });

test('an empty database, and what it is made with', needs('mariadb'), async (t) => {
  const name = await newDatabase(shared.server);
  await shared.server.sql(`ALTER DATABASE ${name} CHARACTER SET latin1 COLLATE latin1_german2_ci`);
  const scene = MariadbScene.of(t, shared.server, name);
  await scene.save();
  const to = nameOfNew();
  const { code, stderr } = await scene.restore(to);
  assert.equal(code, 0, stderr);
  assert.match(await shared.server.sql(`SHOW CREATE DATABASE ${to}`), /latin1_german2_ci/);
  assert.equal((await scene.drill()).outcome, 'proven');
});

test('databases of quoted names, and all of a server but its own', needs('mariadb'), async (t) => {
  const odd = 'odd `name`/ %20"é';
  await shared.server.sql(`CREATE DATABASE \`${odd.replaceAll('`', '``')}\``);
  const plain = await newDatabase(shared.server);
  const scene = MariadbScene.of(t, shared.server, odd, { BACKUP_SOURCES: addressOf(shared.server, '*') });
  await scene.sql('CREATE TABLE t (i int); INSERT INTO t VALUES (1)');
  const manifest = await scene.save();
  const names = manifest.databases.map(({ database }) => database);
  assert.ok(names.includes(odd) && names.includes(plain));
  for (const own of ['mysql', 'sys', 'information_schema', 'performance_schema']) assert.ok(!names.includes(own));
  const { code, stderr } = await scene.restore('fine', ['--database', odd]);
  assert.equal(code, 0, stderr);
  assert.equal(await shared.server.sql('SELECT i FROM fine.t'), '1');
});

test('over its socket', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, 'CREATE TABLE t (i int); INSERT INTO t VALUES (1)');
  const more = { MYSQL_USER: 'root', BACKUP_SOURCES: `mariadb:///${scene.database}?host=${shared.server.socket}` };
  delete scene.env.MYSQL_PASSWORD;
  const manifest = await scene.save(more);
  assert.equal(manifest.databases[0]?.counts.rows, 1);
  const { code, stderr } = await scene.run(['drill'], more);
  assert.equal(code, 0, stderr);
});

test('where the log of changes stood', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, 'CREATE TABLE t (i int); INSERT INTO t VALUES (1)');
  const [saved] = (await scene.save()).databases;
  const [file, position] = (await shared.server.sql('SHOW MASTER STATUS')).split('\t');
  assert.deepEqual(saved?.position, { file, position, gtid: await shared.server.sql('SELECT @@gtid_binlog_pos') });
});

test('some tables, with what belongs to them', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, things);
  await scene.save();
  const to = nameOfNew();
  const absent = await scene.restore(to, ['--tables', 'no_key', '--tables', 'fake', '--tables', 'log']);
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /the dump has no table fake/);
  assert.equal(await shared.server.sql('SHOW TABLES', to), '', 'nothing was written');
  const { code, stderr } = await scene.restore(to, [
    '--tables',
    'no_key',
    '--tables',
    'hen',
    '--tables',
    'egg',
    '--tables',
    'upon',
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(await shared.server.sql('SHOW TABLES; SELECT count(*) FROM no_key', to), 'egg\nhen\nno_key\nupon\n3');
  assert.match(await shared.server.sql('SHOW TRIGGERS', to), /^plain\t/);
  assert.equal(await shared.server.sql(`SELECT count(*) FROM information_schema.routines WHERE routine_schema = '${to}'`), '0');
  // the others of a database that is in use stay as they are
  await scene.sql('DELETE FROM parts; INSERT INTO hidden (a) VALUES (2)');
  const again = await scene.restore(scene.database, ['--tables', 'parts', '--clean']);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(await scene.sql('SELECT count(*) FROM parts; SELECT count(*) FROM hidden'), '2\n2');
});

test('by hand, with zstd and mariadb', needs('mariadb', 'zstd'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, things);
  const [saved] = (await scene.save()).databases;
  const to = await newDatabase(shared.server);
  const pipe = 'zstd -d --stdout "$1" | "$2" --no-defaults --socket="$3" --user=root --comments --binary-mode "$4"';
  await run('sh', [
    '-e',
    '-c',
    pipe,
    'sh',
    `${scene.store}/${saved?.dump.file}`,
    `${shared.server.bin}/mariadb`,
    shared.server.socket,
    to,
  ]);
  // by hand nobody rewrites the defaults, which come from the sequence of the database that was saved
  const restored = (await contentOf(shared.server, to)).map((line) => line.replace(`nextval(\`${scene.database}\`.`, 'nextval('));
  assert.deepEqual(restored, await contentOf(shared.server, scene.database));
});
