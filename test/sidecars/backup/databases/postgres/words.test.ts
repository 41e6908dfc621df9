// Texts that come from files and programs: password files, versions, tables of contents, roles, and how far a dump is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyProgress } from '../../../../../sidecars/backup/databases/postgres/copy-progress.ts';
import { passwordIn } from '../../../../../sidecars/backup/databases/postgres/pass-file.ts';
import { roleStatements } from '../../../../../sidecars/backup/databases/postgres/roles.ts';
import { chooseEntries, readContents } from '../../../../../sidecars/backup/databases/postgres/table-of-contents.ts';
import { chooseTools, toolsOf } from '../../../../../sidecars/backup/databases/postgres/tools.ts';

const key = { host: 'db1', port: 5432, database: 'app', user: 'me' };

for (const [what, content, expected, wanted = key] of [
  ['a line', 'db1:5432:app:me:secret\n', 'secret'],
  ['without a line end', 'db1:5432:app:me:secret', 'secret'],
  ['with line ends of Windows', 'x:1:y:z:no\r\ndb1:5432:app:me:secret\r\n', 'secret'],
  ['the first that fits', '*:*:*:me:first\ndb1:5432:app:me:second\n', 'first'],
  ['wildcards', '*:*:*:*:any', 'any'],
  ['others', 'db2:5432:app:me:a\ndb1:5433:app:me:b\ndb1:5432:other:me:c\ndb1:5432:app:you:d\n', undefined],
  ['comments and lines that are none', '#db1:5432:app:me:no\n\ndb1:5432:app\ndb1:5432:app:me:yes', 'yes'],
  ['a colon and a backslash in a password', String.raw`db1:5432:app:me:a\:b\\c\d\:`, 'a:b\\cd:'],
  ['a colon in a name', String.raw`db1:5432:a\:b:m\\e:secret`, 'secret', { ...key, database: 'a:b', user: 'm\\e' }],
  ['a star that is one', String.raw`db1:5432:\*:me:no`, undefined],
  ['an empty password', 'db1:5432:app:me:', ''],
  ['a password that ends where the next colon is', 'db1:5432:app:me:secret:more', 'secret'],
  ['a backslash at the end', 'db1:5432:app:me:secret\\', 'secret\\'],
  ['an address of IPv6', String.raw`\:\:1:5432:app:me:secret`, 'secret', { ...key, host: '::1' }],
  ['a socket by its folder', '/run/pg:5432:app:me:secret', 'secret', { ...key, host: '/run/pg' }],
  ['a socket as localhost', 'localhost:5432:app:me:secret', 'secret', { ...key, host: '/run/pg' }],
] as const)
  test(`a password file: ${what}`, () => assert.equal(passwordIn(content, wanted), expected));

test('versions of pg_dump', () => {
  const debian = 'pg_dump (PostgreSQL) 17.6 (Debian 17.6-0+deb13u1)\n';
  assert.deepEqual(toolsOf(debian, '/bin'), { major: 17, version: '17.6', folder: '/bin' });
  assert.deepEqual(toolsOf('pg_dump (PostgreSQL) 19beta1', '/bin')?.version, '19beta1');
  assert.equal(toolsOf('pg_dump: command not found', '/bin'), undefined);
});

test('the programs of the same major, else of the next higher one', () => {
  const tools = [15, 17, 18].map((major) => ({ major, version: `${major}.1`, folder: `/${major}` }));
  const chosen = [9, 13, 15, 16, 17, 18].map((major) => chooseTools(tools, major, 'db').major);
  assert.deepEqual(chosen, [15, 15, 15, 17, 17, 18]);
  assert.throws(
    () => chooseTools(tools, 19, 'postgres://db1/app'),
    /^DatabaseError|postgres:\/\/db1\/app takes pg_dump and pg_restore 19 or newer, and there are those of 15, 17, 18; use a newer image/,
  );
  assert.throws(() => chooseTools([], 17, 'db'), /and there is none; /);
});

const contents = `;
; Archive created at 2026-11-26 03:15:00 UTC
;     dbname: app
;
2; 3079 16385 EXTENSION - citext
6; 2615 16400 SCHEMA - shop postgres
217; 1259 16401 TABLE shop goods postgres
;	depends on: 6
216; 1259 16402 SEQUENCE shop goods_id_seq postgres
;	depends on: 6 217
3351; 0 0 SEQUENCE OWNED BY shop goods_id_seq postgres
;	depends on: 216
3200; 2604 16403 DEFAULT shop goods id postgres
;	depends on: 216 217
219; 1259 16410 TABLE shop sold goods postgres
;	depends on: 6
3340; 0 16401 TABLE DATA shop goods postgres
;	depends on: 217
3342; 0 16410 TABLE DATA shop sold goods postgres
;	depends on: 219
3352; 0 0 SEQUENCE SET shop goods_id_seq postgres
;	depends on: 216
3205; 2606 16420 CONSTRAINT shop goods goods_pkey postgres
;	depends on: 217
3206; 1259 16421 INDEX shop sold_at postgres
;	depends on: 219
3210; 2606 16430 FK CONSTRAINT shop sold goods sold_good_fkey postgres
;	depends on: 217 3205 219
`;

test('a table of contents: some tables, and all that belongs to them', () => {
  const entries = readContents(contents);
  assert.deepEqual(
    entries.find(({ id }) => id === 3210),
    {
      id: 3210,
      type: 'FK CONSTRAINT',
      rest: 'shop sold goods sold_good_fkey postgres',
      line: '3210; 2606 16430 FK CONSTRAINT shop sold goods sold_good_fkey postgres',
      needs: [217, 3205, 219],
    },
  );
  const choose = (names: readonly string[], withNeeds = false) => {
    const { lines, missing } = chooseEntries(entries, names, withNeeds);
    return [lines.map((line) => Number.parseInt(line, 10)), missing];
  };
  assert.deepEqual(choose(['goods']), [[217, 216, 3351, 3200, 3340, 3352, 3205], []]);
  assert.deepEqual(choose(['shop.goods'], true), [[6, 217, 216, 3351, 3200, 3340, 3352, 3205], []]);
  assert.deepEqual(choose(['sold goods']), [[219, 3342, 3206], []]);
  assert.deepEqual(choose(['goods', 'shop.sold goods'])[0], [217, 216, 3351, 3200, 219, 3340, 3342, 3352, 3205, 3206, 3210]);
  assert.deepEqual(choose(['sold', 'other.goods']), [[], ['sold', 'other.goods']]);
});

const inParts = `10; 1259 1 TABLE public visits postgres
11; 1259 2 TABLE public visits_2026 postgres
12; 1259 3 TABLE public visits_2026_may postgres
13; 0 0 TABLE ATTACH public visits_2026 postgres
;	depends on: 10 11
14; 0 0 TABLE ATTACH public visits_2026_may postgres
;	depends on: 12 11
15; 0 3 TABLE DATA public visits_2026_may postgres
;	depends on: 12
`;

test('a table of contents: a table in parts comes with them', () => {
  const entries = readContents(inParts);
  assert.deepEqual(
    chooseEntries(entries, ['visits'], true).lines.map((line) => Number.parseInt(line, 10)),
    [10, 11, 12, 13, 14, 15],
  );
  assert.deepEqual(
    chooseEntries(entries, ['visits_2026'], false).lines.map((line) => Number.parseInt(line, 10)),
    [11, 12, 13, 14, 15],
  );
});

test('roles: statements with all kinds of names and texts', () => {
  const statements = [
    `CREATE ROLE plain;`,
    `CREATE ROLE "o'd ""role"";\nCREATE ROLE evil;" WITH LOGIN PASSWORD 'it''s; "secret"';`,
    `ALTER ROLE "a;b" SET search_path TO "$user", 'x;y';`,
    `GRANT "group;" TO "a;b" WITH ADMIN OPTION;`,
    `COMMENT ON ROLE plain IS 'first line;\nCREATE ROLE evil;\n''last'' line';`,
    String.raw`COMMENT ON ROLE plain IS E'a \\ and \'; it''s';`,
  ];
  assert.deepEqual(roleStatements(statements.map((sql) => `${sql}\n`).join('')), [
    { role: 'plain', sql: statements[0] },
    { role: `o'd "role";\nCREATE ROLE evil;`, sql: statements[1] },
    { role: 'a;b', sql: statements[2] },
    { role: 'a;b', sql: statements[3] },
    { role: 'plain', sql: statements[4] },
    { role: 'plain', sql: statements[5] },
  ]);
  assert.deepEqual(roleStatements('DROP ROLE plain;\nSELECT 1;\n'), []);
});

test('how far a dump is, by the tables that it reads', () => {
  const progress = new CopyProgress([
    { file: '1', oid: '1', name: 'a', bytes: '1000', rows: '100' },
    { file: '1', oid: '2', name: 'b', bytes: '500', rows: '-1' },
    { file: '1', oid: '3', name: 'c', bytes: '500', rows: '10' },
  ]);
  const steps: number[] = [];
  for (const reading of [
    [],
    [{ oid: '1', rows: '50' }],
    [{ oid: '1', rows: '400' }],
    [
      { oid: '2', rows: '7' },
      { oid: '9', rows: '1' },
    ],
    [{ oid: '3', rows: '5' }],
    [],
  ]) {
    progress.see(reading);
    steps.push(progress.bytes);
  }
  assert.deepEqual([progress.total, steps], [2000, [0, 500, 1000, 1000, 1750, 2000]]);
});
