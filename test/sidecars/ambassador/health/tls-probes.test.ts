// Checks that begin TLS, against servers with good and bad certificates.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { Authority, type CertificateFiles } from '#harness/certificates.ts';
import { needs } from '#harness/needs.ts';
import { silent, TcpServer } from '#harness/tcp.ts';
import { needsTls, probeOf } from '../../../../sidecars/ambassador/health/probes/probe.ts';
import { contextOf, pem } from '../tls/scene.ts';
import { check, route } from './probing.ts';

/** A web server by TLS, which ends with the test, and where it listens. */
async function secureWeb(t: TestContext, files: CertificateFiles, options: ServerOptions = {}, status = 200): Promise<string> {
  const server = createServer({ ...pem(files), ...options }, (_, response) => void response.writeHead(status).end());
  server.on('tlsClientError', () => {});
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a check by TLS', needs('openssl'), () => {
  for (const type of ['tls', 'https:/'])
    test(`by ${type} goes well where the name and the authority are right`, async (t) => {
      const authority = new Authority(t);
      const address = await secureWeb(t, authority.issue('redis', { hosts: ['redis.test'] }));
      const context = await contextOf(t, { ca: authority.ca });
      const options = `check=${type}&tls-out=yes`;
      assert.equal(await check(t, options, context)(address, 'redis.test'), 'well');
      assert.equal(await check(t, `${options}&tls-out-name=redis.test`, context)(address), 'well');
      assert.match(await check(t, options, context)(address, 'db.test'), /its certificate is not for db\.test/);
      assert.equal(await check(t, `${options}&tls-out-verify=no`, context)(address, 'db.test'), 'well');
    });

  for (const [what, issue, expected] of [
    ['expired', (_t: TestContext, authority: Authority) => authority.issueExpired('redis'), /certificate has expired/],
    ['of a foreign authority', (t: TestContext) => new Authority(t, 'foreign').issue('redis'), /authority that is not/],
  ] as const)
    test(`fails where the certificate is ${what}`, async (t) => {
      const authority = new Authority(t);
      const address = await secureWeb(t, issue(t, authority));
      const context = await contextOf(t, { ca: authority.ca });
      assert.match(await check(t, 'check=tls&tls-out=yes', context)(address), expected);
      assert.match(await check(t, 'check=https:/&tls-out=yes', context)(address), expected);
    });

  test('shows the certificate of the route', async (t) => {
    const authority = new Authority(t);
    const strict = { requestCert: true, rejectUnauthorized: true, ca: pem({ cert: authority.ca, key: authority.caKey }).cert };
    const address = await secureWeb(t, authority.issue('redis'), { ...strict, maxVersion: 'TLSv1.2' });
    const known = await contextOf(t, { ca: authority.ca, ...authority.issue('client', { use: 'client' }) });
    const unknown = await contextOf(t, { ca: authority.ca });
    assert.equal(await check(t, 'check=https:/&tls-out=yes', known)(address), 'well');
    assert.notEqual(await check(t, 'check=https:/&tls-out=yes', unknown)(address), 'well');
  });

  test('fails by the status, too', async (t) => {
    const authority = new Authority(t);
    const address = await secureWeb(t, authority.issue('redis'), {}, 500);
    const context = await contextOf(t, { ca: authority.ca });
    assert.equal(await check(t, 'check=https:/', context)(address), 'it answers 500 Internal Server Error');
    assert.equal(await check(t, 'check=tls', context)(address), 'well');
  });

  test('fails where the other side is silent, or speaks something else', async (t) => {
    const context = await contextOf(t, { ca: new Authority(t).ca });
    const mute = await TcpServer.listen(t, silent);
    const other = await TcpServer.listen(t, ({ socket }) => void socket.resume().write('-ERR unknown command\r\n'));
    assert.match(await check(t, 'check=tls&check-timeout=50ms', context)(mute.address), /within 50 ms/);
    assert.equal(await check(t, 'check=tls&check-timeout=60s', context)(other.address), 'it does not speak TLS');
  });
});

test('which routes need the files for TLS', () => {
  for (const [options, expected] of [
    ['', false],
    ['check=tcp', false],
    ['check=http:/', false],
    ['check=tls', true],
    ['check=https:/', true],
    ['tls-out=yes', true],
  ] as const) {
    const { options: typed } = route(`1=127.0.0.1:2?${options}`);
    assert.equal(needsTls(typed), expected, options);
    if (typed.check.type === 'off') continue;
    const open = () => probeOf(typed.check, typed, 1000, undefined);
    if (expected) assert.throws(open, /without the files for TLS/);
    else assert.ok(open());
  }
});
