import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseKind, nameOfDatabase, nameOfServer } from '../../../../sidecars/backup/databases/address.ts';
import { databasesOf, pathsOf, sourceKind } from '../../../../sidecars/backup/databases/source.ts';

const nothing = { host: undefined, port: undefined, user: undefined, database: undefined, sslMode: undefined };

for (const [text, expected] of [
  ['postgres://', {}],
  ['postgres:///', {}],
  ['postgresql://db1', { host: 'db1' }],
  ['postgres://me@db1:6432/app', { user: 'me', host: 'db1', port: 6432, database: 'app' }],
  ['postgres://db1/*', { host: 'db1', database: '*' }],
  ['postgres:///app?host=/run/postgresql', { host: '/run/postgresql', database: 'app' }],
  ['postgres://%2Frun%2Fpostgresql:5433/app', { host: '/run/postgresql', port: 5433, database: 'app' }],
  ['postgres://[::1]:5432/app', { host: '::1', port: 5432, database: 'app' }],
  [
    'postgres://o%27d%22user@db1/a%2Fb%2C%20c%25%40?sslmode=verify-full',
    { user: `o'd"user`, host: 'db1', database: 'a/b, c%@', sslMode: 'verify-full' },
  ],
] as const)
  test(`${text} is read, and written so that it is read again`, () => {
    const address = databaseKind.parse(text);
    assert.deepEqual(address, { engine: 'postgres', ...nothing, ...expected });
    assert.deepEqual(databaseKind.parse(databaseKind.format(address)), address);
    assert.deepEqual(sourceKind.parse(text), address);
  });

for (const [text, reason] of [
  ['postgres://me:hunter2@db1/app', /holds a password.*PGPASSWORD_FILE/],
  ['mysql://me:hunter2@db1/app', /holds a password.*MYSQL_PASSWORD_FILE/],
  ['postgres://db1/app/more', /more than a name behind the host; write a \/ in a name as %2F/],
  ['postgres://db1/app?port=1', /has \?port, which is not known/],
  ['postgres://db1/app#x', /has \?#, which is not known/],
  ['postgres://db1/app?sslmode=on', /unknown sslmode; known are disable, allow/],
  ['postgres://db1/100%', /has a % that begins no character; write %25/],
  ['postgres://db1:99999/app', /is no address of a database/],
] as const)
  test(`${text} is refused, and no password is told`, () => {
    assert.throws(
      () => databaseKind.parse(text),
      (error: Error) => reason.test(error.message) && !error.message.includes('hunter2'),
    );
  });

test('sources are paths and databases', () => {
  const sources = ['/data', 'postgres://db1/app'].map((text) => sourceKind.parse(text));
  assert.deepEqual(pathsOf(sources), ['/data']);
  assert.deepEqual(
    databasesOf(sources).map(({ host }) => host),
    ['db1'],
  );
  assert.throws(() => sourceKind.parse('redis://db1'), /is neither a path nor a database/);
  assert.throws(() => sourceKind.parse('data'), /absolute/);
});

test('names of databases say where they are, and not who asks', () => {
  assert.equal(nameOfDatabase(nameOfServer('postgres', '/run/pg', 5432), 'a b'), 'postgres://%2Frun%2Fpg:5432/a%20b');
  assert.equal(nameOfServer('postgres', '::1', 5432), 'postgres://[::1]:5432');
});
