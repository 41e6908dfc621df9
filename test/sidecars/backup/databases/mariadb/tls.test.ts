// TLS is as safe as the mode says: what it demands and does not get ends the run.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { Authority } from '#harness/certificates.ts';
import { type MariadbServer, startMariadb } from '#harness/mariadb.ts';
import { needs } from '#harness/needs.ts';
import { MariadbScene, reasonOf } from './scene.ts';

/** A server with a certificate for these hosts, and an account that takes TLS alone. */
async function secured(t: TestContext, authority: Authority, hosts: readonly string[]): Promise<MariadbServer> {
  const { cert, key } = authority.issue('db', { hosts });
  chmodSync(authority.folder, 0o755);
  for (const file of [cert, key, authority.ca]) chmodSync(file, 0o644);
  const server = await startMariadb(t, { ssl_ca: authority.ca, ssl_cert: cert, ssl_key: key });
  await server.sql("CREATE USER backup@'%' IDENTIFIED BY 'word' REQUIRE SSL; GRANT ALL ON *.* TO backup@'%' WITH GRANT OPTION");
  return server;
}

const more = { MYSQL_PASSWORD: 'word', BACKUP_PG_GLOBALS: 'false' };

test('each mode with a server that has TLS', needs('mariadb', 'openssl'), async (t) => {
  const authority = new Authority(t);
  const server = await secured(t, authority, ['127.0.0.1', 'localhost']);
  const scene = await MariadbScene.with(t, server, 'CREATE TABLE t (i int)', more);
  await scene.save();
  await scene.save({ MYSQL_SSL_MODE: 'require' });
  await scene.save({ MYSQL_SSL_MODE: 'verify-full', MYSQL_SSL_CA: authority.ca });
  assert.match(reasonOf(await scene.now({ MYSQL_SSL_MODE: 'disable' }), 77), /ERROR 1045/);
  const stranger = new Authority(t, 'stranger');
  for (const mode of ['require', 'verify-ca', 'verify-full'])
    assert.match(
      reasonOf(await scene.now({ MYSQL_SSL_MODE: mode, MYSQL_SSL_CA: stranger.ca })),
      /ERROR 2026 .*(certificate|verif).*MYSQL_SSL_CA/,
    );
  const drilled = await scene.drill({ MYSQL_SSL_MODE: 'verify-full', MYSQL_SSL_CA: authority.ca });
  assert.equal(drilled.outcome, 'proven');
});

test('a certificate for another host', needs('mariadb', 'openssl'), async (t) => {
  const authority = new Authority(t);
  const server = await secured(t, authority, ['elsewhere.example']);
  const scene = await MariadbScene.with(t, server, '', more);
  assert.match(reasonOf(await scene.now({ MYSQL_SSL_MODE: 'verify-full', MYSQL_SSL_CA: authority.ca })), /ERROR 2026 /);
  await scene.save({ BACKUP_SOURCES: `${scene.env.BACKUP_SOURCES}?sslmode=require` });
});

test('a server without TLS', needs('mariadb'), async (t) => {
  const server = await startMariadb(t);
  await server.sql("CREATE USER backup@'%' IDENTIFIED BY 'word'; GRANT ALL ON *.* TO backup@'%'");
  const scene = await MariadbScene.with(t, server, '', more);
  await scene.save();
  assert.match(reasonOf(await scene.now({ MYSQL_SSL_MODE: 'require' })), /TLS is required, and the server has none/);
  assert.match(
    reasonOf(await scene.now({ MYSQL_SSL_MODE: 'verify-full' })),
    /SSL is required, but the server does not support it/,
  );
});
