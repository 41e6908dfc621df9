// TLS to a server of PostgreSQL, as the modes of libpq mean it: by our own session and by pg_dump alike.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Authority } from '#harness/certificates.ts';
import { has, needs } from '#harness/needs.ts';
import type { PostgresServer } from '#harness/postgres.ts';
import { until } from '#harness/until.ts';
import { DatabaseScene, reasonOf, sharedPostgres } from './scene.ts';

let authority: Authority;
let stranger: Authority;
const shared = sharedPostgres(
  {
    major: 17,
    settings: { log_connections: 'on' },
    hba: ['hostnossl all secure samehost reject', 'host all all samehost trust'],
  },
  async (server, t) => {
    if (!has('openssl')) return;
    authority = new Authority(t);
    stranger = new Authority(t, 'another authority');
    await server.sql('CREATE ROLE secure LOGIN SUPERUSER');
    await present(server, ['127.0.0.1']);
  },
);

/** Has the server show a certificate for these hosts. */
async function present(server: PostgresServer, hosts: readonly string[]): Promise<void> {
  const { cert, key } = authority.issue('server', { hosts });
  for (const [from, name] of [
    [cert, 'server.crt'],
    [key, 'server.key'],
  ] as const) {
    const to = join(server.socketFolder, 'data', name);
    copyFileSync(from, to);
    chmodSync(to, 0o600);
    if (process.getuid?.() === 0) chownSync(to, 65_534, 65_534);
  }
  await server.sql('ALTER SYSTEM SET ssl = on');
  await server.sql('SELECT pg_reload_conf()');
  await until('it speaks TLS', async () => (await server.sql('SHOW ssl')) === 'on');
}

function connecting(mode: string, ca?: Authority): Record<string, string> {
  return { PGHOST: '127.0.0.1', PGUSER: 'secure', PGSSLMODE: mode, ...(ca && { PGSSLROOTCERT: ca.ca }) };
}

for (const [mode, ca] of [
  ['prefer', false],
  ['require', false],
  ['verify-ca', true],
  ['verify-full', true],
] as const)
  test(`sslmode=${mode}: with TLS`, needs('postgresql', 'openssl'), async (t) => {
    const scene = await DatabaseScene.with(
      t,
      shared.server,
      'CREATE TABLE a AS SELECT 1 AS b',
      connecting(mode, ca ? authority : undefined),
    );
    await scene.save();
    const connections = shared.server.log.split('\n').filter((line) => line.includes(`user=secure database=${scene.database} `));
    const mine = connections.filter((line) => line.includes('authorized'));
    assert.ok(mine.length >= 3, 'the look, the snapshot and pg_dump have connected');
    assert.ok(
      mine.every((line) => line.includes('SSL enabled')),
      mine.join('\n'),
    );
  });

test('sslmode=disable: without it, and refused where the server asks for it', needs('postgresql', 'openssl'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, '', connecting('disable'));
  assert.match(reasonOf(await scene.now(), 77), /pg_hba\.conf rejects connection.*no encryption/);
  const { code, stdout } = await scene.run(['--check'], { PGUSER: 'postgres' });
  assert.equal(code, 0, stdout);
  assert.doesNotMatch(shared.server.log, new RegExp(`user=postgres database=${scene.database} .*SSL enabled`));
  // a mode in the address goes before the one of the environment
  const address = `postgres:///${scene.database}?sslmode=require`;
  assert.equal((await scene.run(['--check'], { BACKUP_SOURCES: address })).code, 0);
});

test('the authorities that the machine trusts, where no file is named', needs('postgresql', 'openssl'), async (t) => {
  const trusted = { NODE_EXTRA_CA_CERTS: authority.ca, SSL_CERT_FILE: authority.ca };
  const scene = await DatabaseScene.with(t, shared.server, '', { ...connecting('verify-full'), ...trusted });
  await scene.save();
  assert.match(reasonOf(await scene.now({ NODE_EXTRA_CA_CERTS: '' })), /certificate; check PGSSLROOTCERT/);
});

test('the certificate of a stranger is refused, with what to do', needs('postgresql', 'openssl'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, '', connecting('verify-full', stranger));
  for (const mode of ['require', 'verify-ca', 'verify-full'])
    assert.match(reasonOf(await scene.now({ PGSSLMODE: mode })), /certificate; check PGSSLROOTCERT, the authorities to trust/);
  assert.match(reasonOf(await scene.now({ PGSSLROOTCERT: '/missing' }), 64), /PGSSLROOTCERT=\/missing cannot be read: ENOENT/);
});

test('a certificate for another host: verify-ca takes it, verify-full does not', needs('postgresql', 'openssl'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, '', connecting('verify-full', authority));
  // also one for the name that this address has
  for (const hosts of [['db.example'], ['localhost']]) {
    await present(shared.server, hosts);
    assert.match(reasonOf(await scene.now()), /127\.0\.0\.1.*not in the cert's list/);
    assert.equal((await scene.run(['--check'], { PGSSLMODE: 'verify-ca' })).code, 0);
  }
  await scene.save({ PGHOST: 'localhost' });
});
