// Who may save a database, how a password comes to the server, and what is said where it is not let in.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { DatabaseScene, filesOfAll, reasonOf, sharedPostgres } from './scene.ts';

const password = 'hunter2: it\\s "secret"';
const shared = sharedPostgres({ major: 17 }, async (server) => {
  const login = `LOGIN PASSWORD '${password.replaceAll("'", "''")}'`;
  await server.sql(`CREATE ROLE reader ${login} IN ROLE pg_read_all_data; CREATE ROLE "Nobody;" ${login}`);
});

const tables = `CREATE TABLE a (b serial); INSERT INTO a DEFAULT VALUES; CREATE SCHEMA hidden; CREATE TABLE hidden.c AS SELECT 1 AS d;
  CREATE TABLE rows (who name); INSERT INTO rows VALUES ('somebody'); CREATE SEQUENCE lone;`;

/** Settings of one who comes over TCP. */
function as(user: string, more: Readonly<Record<string, string>> = { PGPASSWORD: password }): Record<string, string> {
  return { PGHOST: '127.0.0.1', PGUSER: user, ...more };
}

test('pg_read_all_data is enough', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, tables, as('reader'));
  const manifest = await scene.save();
  assert.deepEqual(
    manifest.databases.map(({ counts }) => counts),
    [{ tables: 3, rows: 3 }],
  );
  // it may read the passwords of roles, too
  assert.deepEqual(manifest.warnings, []);
  assert.deepEqual(scene.files, filesOfAll(manifest));
  await scene.restoreSame(['--no-owner'], { PGUSER: 'postgres', PGHOST: shared.server.socketFolder });
});

const grants = 'GRANT USAGE ON SCHEMA hidden TO "Nobody;"; GRANT SELECT ON ALL TABLES IN SCHEMA public, hidden TO "Nobody;"';
const sequences = 'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public, hidden TO "Nobody;"';

test(
  'one who may read each table by name: saved, without the passwords of roles, which is told',
  needs('postgresql'),
  async (t) => {
    const scene = await DatabaseScene.with(t, shared.server, `${tables} ${grants}; ${sequences}`, as('Nobody;'));
    const { warnings } = await scene.save();
    assert.match(
      warnings.join(),
      /^postgres:\S+: roles are saved without their passwords, which this role may not read; GRANT pg_read_all_data to it/,
    );
  },
);

for (const [what, sql, named, remedy] of [
  ['one table', `${grants}; ${sequences}; REVOKE SELECT ON a FROM "Nobody;"`, 'public.a', 'GRANT pg_read_all_data TO "Nobody;"'],
  [
    'a schema',
    `${grants}; ${sequences}; REVOKE USAGE ON SCHEMA hidden FROM "Nobody;"`,
    'hidden.c',
    'GRANT pg_read_all_data TO "Nobody;"',
  ],
  [
    'a sequence',
    `${grants}; ${sequences}; REVOKE SELECT ON SEQUENCE lone FROM "Nobody;"`,
    'public.lone',
    'GRANT pg_read_all_data TO "Nobody;"',
  ],
  [
    'the rows of a table',
    `${grants}; ${sequences}; ALTER TABLE rows ENABLE ROW LEVEL SECURITY`,
    'public.rows',
    'a policy keeps rows from it: ALTER ROLE "Nobody;" BYPASSRLS',
  ],
  [
    'a large object',
    `${grants}; ${sequences}; SELECT lo_from_bytea(4711, 'secret')`,
    'large object 4711',
    'GRANT SELECT ON LARGE OBJECT',
  ],
] as const)
  test(`one who may not read ${what}: it is named, with what to do`, needs('postgresql'), async (t) => {
    const scene = await DatabaseScene.with(t, shared.server, `${tables} ${sql}`, as('Nobody;'));
    const reason = reasonOf(await scene.now(), 77);
    assert.ok(
      reason.includes(`/${scene.database}: the role "Nobody;" may not read all of ${named}, so that a dump would fail; `),
      reason,
    );
    assert.ok(reason.includes(remedy), reason);
    scene.assertHolds();
  });

test('one who may read nothing: many names', needs('postgresql'), async (t) => {
  const many = Array.from({ length: 9 }, (_, at) => `CREATE TABLE t${at} ();`).join(' ');
  const scene = await DatabaseScene.with(t, shared.server, many, as('Nobody;'));
  assert.match(reasonOf(await scene.now(), 77), /may not read all of public\.t0, .*public\.t4 and 4 more, so that/);
});

test('a database of several that one may not connect to', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, tables, { ...as('reader'), BACKUP_SOURCES: 'postgres:///*' });
  await shared.server.sql(`REVOKE CONNECT ON DATABASE ${scene.database} FROM PUBLIC`);
  const reason = reasonOf(await scene.now(), 77);
  assert.match(reason, new RegExp(`the role reader may not connect to ${scene.database}; GRANT CONNECT ON DATABASE`));
  await shared.server.sql(`GRANT CONNECT ON DATABASE ${scene.database} TO PUBLIC`);
});

test('a password by a file, and by a file of passwords; a wrong one, and none', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, tables);
  const { port } = shared.server;
  const file = join(scene.folder, 'password');
  const passFile = join(scene.folder, 'pgpass');
  writeFileSync(file, `${password}\n`);
  const escaped = password.replaceAll(/[\\:]/g, '\\$&');
  writeFileSync(passFile, `# of ours\nother:*:*:*:wrong\n*:${port}:${scene.database}:reader:${escaped}\n*:*:*:*:wrong\n`, {
    mode: 0o644,
  });
  const check = async (more: Readonly<Record<string, string>>) => {
    const { code, stdout, stderr } = await scene.run(['--check'], as('reader', more));
    const said = stdout + stderr;
    assert.ok(!said.includes('hunter2'), said);
    return { code, said };
  };
  assert.deepEqual((await check({ PGPASSWORD_FILE: file })).code, 0);
  const by = await scene.now(as('reader', { PGPASSFILE: passFile }));
  assert.deepEqual([by.code, by.result.outcome], [0, 'saved'], by.stderr);
  const other = await check({ PGPASSFILE: passFile, BACKUP_SOURCES: 'postgres:///postgres' });
  assert.match(other.said, /password authentication failed for user \\?"reader/);
  assert.match((await check({ PGPASSFILE: '/missing' })).said, /PGPASSFILE=\/missing cannot be read: ENOENT/);

  const before = scene.files;
  const wrong = await scene.now(as('reader', { PGPASSWORD: 'hunter2 is wrong' }));
  assert.match(
    reasonOf(wrong, 77),
    /password authentication failed for user "reader"; check the user, now reader \(PGUSER\), and its password/,
  );
  assert.ok(!(wrong.stdout + wrong.stderr).includes('hunter2'));
  assert.match(reasonOf(await scene.now(as('reader', {})), 77), /check the user, now reader \(PGUSER\), and its password/);
  assert.match(reasonOf(await scene.now(as('nosuch')), 77), /"nosuch"/);
  assert.deepEqual(scene.files, before);
});

test('no such database, no server there, and no socket', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, '');
  assert.match(reasonOf(await scene.now({ BACKUP_SOURCES: 'postgres:///missing' })), /database "missing" does not exist/);
  assert.match(
    reasonOf(await scene.now({ PGHOST: '127.0.0.1', PGPORT: '1' })),
    /ECONNREFUSED.*check that the server runs and can be reached from here/,
  );
  assert.match(reasonOf(await scene.now({ PGHOST: '/nonexistent' })), /ENOENT.*check that the server runs/);
  // all that is wrong is told at once
  const sources = `postgres:///missing,postgres:///${scene.database},postgres:///gone`;
  assert.match(reasonOf(await scene.now({ BACKUP_SOURCES: sources })), /"missing" does not exist\n.*"gone" does not exist$/);
  scene.assertHolds();
});
