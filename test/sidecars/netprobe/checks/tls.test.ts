import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { type TestContext, test } from 'node:test';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import { Authority, type CertificateFiles } from '#harness/certificates.ts';
import { needs } from '#harness/needs.ts';
import { silent, TcpServer } from '#harness/tcp.ts';
import { Metrics } from '#shared/metrics.ts';
import { observeChecks } from '../../../../sidecars/netprobe/metrics/checks.ts';
import { assertPhases, check } from './checking.ts';

/** Starts a server with a certificate, for TLS alone or with HTTP behind it. */
async function serve(t: TestContext, { cert, key }: CertificateFiles, options: TlsOptions = {}, http = false): Promise<number> {
  const given = { cert: readFileSync(cert), key: readFileSync(key), ...options };
  const server: Server = http
    ? createHttpsServer(given, (request, response) => response.end(request.headers.host))
    : createServer(given, (socket) => socket.on('error', () => {}));
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function expiryOf({ cert }: CertificateFiles): Date {
  return new X509Certificate(readFileSync(cert)).validToDate;
}

test('a check by TLS', needs('openssl'), async (suite) => {
  const authority = new Authority(suite);
  // the system's authorities are read once in a process, when they are needed first
  process.env.SSL_CERT_FILE = authority.ca;

  await suite.test('is well with a certificate of an authority in SSL_CERT_FILE, and tells until when', async (t) => {
    const files = authority.issue('good');
    const outcome = await check(`tls://127.0.0.1:${await serve(t, files)}`);
    assert.equal(outcome.detail, `TLSv1.3, certificate valid until ${expiryOf(files).toISOString()}`);
    assert.equal(outcome.ok, true);
    assert.deepEqual(outcome.certificateExpires, expiryOf(files));
    assertPhases(outcome, 'resolve', 'connect', 'tls');
    const metrics = new Metrics('sidekick_netprobe');
    observeChecks(metrics, { outcomes: [outcome], onOutcome: () => {} });
    const series = `sidekick_netprobe_check_certificate_not_after_timestamp_seconds{check="${outcome.check}"}`;
    assert.ok(metrics.text().includes(`\n${series} ${expiryOf(files).getTime() / 1000}\n`), metrics.text());
  });

  await suite.test('sends the name, and has it proved', async (t) => {
    const files = authority.issue('named', { hosts: ['localhost'] });
    let sent: string | undefined;
    const port = await serve(t, files, {
      SNICallback: (name, done) => {
        sent = name;
        done(null);
      },
    });
    assert.equal((await check(`tls://localhost:${port}`)).ok, true);
    assert.equal(sent, 'localhost');
    const other = await check(`tls://127.0.0.1:${port}`);
    assert.equal(other.detail, 'its certificate is not for 127.0.0.1, but for DNS:localhost');
    assert.deepEqual([other.ok, other.certificateExpires], [false, expiryOf(files)]);
  });

  await suite.test('fails with a certificate that has expired, and tells since when', async (t) => {
    const files = authority.issueExpired('expired');
    const outcome = await check(`https://127.0.0.1:${await serve(t, files, {}, true)}/`);
    assert.deepEqual([outcome.ok, outcome.detail], [false, 'its certificate has expired']);
    assert.deepEqual(outcome.certificateExpires, expiryOf(files));
    assertPhases(outcome, 'resolve', 'connect', 'tls');
  });

  await suite.test('fails with a certificate of an unknown authority, and tells until when', async (t) => {
    const files = new Authority(t, 'unknown').issue('stranger');
    const outcome = await check(`tls://127.0.0.1:${await serve(t, files)}`);
    assert.match(outcome.detail, /^its certificate is of an authority that is not trusted.*SSL_CERT_FILE$/);
    assert.deepEqual([outcome.ok, outcome.certificateExpires], [false, expiryOf(files)]);
  });

  await suite.test('with HTTP behind it has all parts', async (t) => {
    const outcome = await check(`https://localhost:${await serve(t, authority.issue('web'), {}, true)}/health`);
    assert.deepEqual([outcome.ok, outcome.detail], [true, 'HTTP 200 OK']);
    assertPhases(outcome, 'resolve', 'connect', 'tls', 'process');
  });

  await suite.test('fails where the server asks for a certificate of ours', async (t) => {
    const ca = readFileSync(authority.ca);
    const options: TlsOptions = { requestCert: true, rejectUnauthorized: true, ca, maxVersion: 'TLSv1.2' };
    const outcome = await check(`tls://127.0.0.1:${await serve(t, authority.issue('mutual'), options)}`);
    assert.equal(outcome.ok, false);
    assert.match(outcome.detail, /^it sent the TLS alert "|^the connection is closed during the TLS handshake$/);
  });

  for (const [what, said, expected] of [
    ['speaks something else', 'SSH-2.0-OpenSSH_9.2\r\n', 'it does not speak TLS'],
    ['hangs up', '', 'the connection is closed during the TLS handshake'],
  ] as const)
    await suite.test(`fails where the server ${what}`, async (t) => {
      const { port } = await TcpServer.listen(t, ({ socket }) => void socket.resume().end(said));
      const outcome = await check(`tls://127.0.0.1:${port}`);
      assert.deepEqual([outcome.ok, outcome.detail], [false, expected]);
      assertPhases(outcome, 'resolve', 'connect');
    });

  await suite.test('fails where the server resets', async (t) => {
    const { port } = await TcpServer.listen(t, (peer) => peer.socket.once('data', () => peer.reset()));
    assert.equal((await check(`tls://127.0.0.1:${port}`)).detail, 'the connection is closed during the TLS handshake');
  });

  await suite.test('ends in its time where the server says nothing, and closes its connection', async (t) => {
    const server = await TcpServer.listen(t, silent);
    const outcome = await check(`tls://127.0.0.1:${server.port}`, 200);
    assert.deepEqual([outcome.ok, outcome.detail], [false, 'timeout: no TLS handshake within 200 ms']);
    await (await server.peer()).ending;
  });
});
