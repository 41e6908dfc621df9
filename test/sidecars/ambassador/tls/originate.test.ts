import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type TLSSocket, type TlsOptions, createServer as tlsServer } from 'node:tls';
import { Authority } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import type { CredentialFiles } from '../../../../sidecars/ambassador/tls/credentials.ts';
import { nameToProve, OriginationFailure, originate } from '../../../../sidecars/ambassador/tls/originate.ts';
import { connection, contextOf, drained, long, pem } from './scene.ts';

interface Attempt {
  readonly name?: string | undefined;
  readonly verify?: boolean;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Begins TLS on a new connection to a backend that does what it is told with its end. */
async function attempt(
  t: TestContext,
  files: CredentialFiles,
  serve: (backend: Socket) => unknown,
  options: Attempt = {},
  path?: string,
) {
  // The side that connected is ours: the ambassador dials.
  const { client: near, accepted: backend } = await connection(t, path);
  serve(backend);
  const { name, verify = true, timeout = long, signal } = { name: 'localhost', ...options };
  const context = await contextOf(t, files);
  return { near, secure: originate(near, { context, name, verify }, timeout, signal) };
}

/** A backend that speaks TLS with these options; `peers` has its side of each connection. */
function backend(options: TlsOptions) {
  const peers: TLSSocket[] = [];
  const server = tlsServer({ allowHalfOpen: true, ...options } as TlsOptions, (socket) => {
    socket.on('error', () => {});
    peers.push(socket);
  });
  return { peers, serve: (socket: Socket) => server.emit('connection', socket) };
}

const failureOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => assert.fail('TLS was begun'),
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof OriginationFailure, String(error));
  return error;
};

describe('TLS to backends', needs('openssl'), () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${version} carries data both ways, and each side is closed alone`, async (t) => {
      const authority = new Authority(t);
      const { peers, serve } = backend({ ...pem(authority.issue('server')), minVersion: version, maxVersion: version });
      const large = Buffer.alloc(5_000_000, '0123456789abcdef!');
      for (const weFirst of [true, false]) {
        const begun = await attempt(t, { ca: authority.ca }, serve);
        const secure = await begun.secure;
        assert.equal(secure.getProtocol(), version);
        await until('the backend has its side', () => peers.length > 0);
        const peer = peers.pop() ?? assert.fail();
        const [first, second] = weFirst ? [secure, peer] : [peer, secure];
        first.end('the last word');
        assert.equal((await drained(second)).toString(), 'the last word');
        second.end(large);
        assert.ok((await drained(first)).equals(large));
        await until('all is closed', () => secure.destroyed && peer.destroyed && begun.near.destroyed);
      }
    });
  }

  test('the server name is sent, but no address and no dot', async (t) => {
    const authority = new Authority(t);
    const { peers, serve } = backend(pem(authority.issue('server', { hosts: ['*.example.com', '127.0.0.1', '::1'] })));
    const names: readonly (readonly [name: string, sent: string | false])[] = [
      ['www.example.com', 'www.example.com'],
      ['www.example.com.', 'www.example.com'],
      ['127.0.0.1', false],
      ['::1', false],
    ];
    for (const [name, sent] of names) {
      await (await attempt(t, { ca: authority.ca }, serve, { name })).secure;
      await until('the backend has its side', () => peers.length > 0);
      assert.equal(peers.pop()?.servername, sent);
    }
  });

  test('our certificate is shown where it is asked for', async (t) => {
    const authority = new Authority(t);
    const options = { ...pem(authority.issue('server')), ca: readFileSync(authority.ca), requestCert: true };
    const { peers, serve } = backend(options);
    const files = { ca: authority.ca, ...authority.issue('ambassador', { use: 'client' }) };
    await (await attempt(t, files, serve)).secure;
    await until('the backend has its side', () => peers.length > 0);
    assert.equal(peers[0]?.getPeerX509Certificate()?.subject, 'CN=ambassador');
    // Without one: by TLS 1.2 at once, by TLS 1.3 after the handshake.
    const old = await attempt(t, { ca: authority.ca }, backend({ ...options, maxVersion: 'TLSv1.2' }).serve);
    assert.equal((await failureOf(old.secure)).message, 'it sent the alert "handshake failure"');
    const late = await (await attempt(t, { ca: authority.ca }, serve)).secure;
    await assert.rejects(drained(late), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
  });

  test('any certificate is good where none is to be verified', async (t) => {
    const expired = backend(pem(new Authority(t).issueExpired('server', { hosts: ['elsewhere.example'] })));
    for (const name of ['localhost', '127.0.0.1', undefined]) {
      const secure = await (await attempt(t, {}, expired.serve, { name, verify: false })).secure;
      assert.equal(secure.encrypted, true);
    }
  });

  test('over a Unix socket, with a name of its own', async (t) => {
    const authority = new Authority(t);
    const { peers, serve } = backend(pem(authority.issue('server')));
    const path = join(temporaryFolder(t), 'socket');
    const endpoint = { type: 'unix', path } as const;
    assert.equal(nameToProve({ tlsOutName: undefined }, endpoint), undefined);
    const name = nameToProve({ tlsOutName: 'localhost' }, endpoint);
    const secure = await (await attempt(t, { ca: authority.ca }, serve, { name }, path)).secure;
    secure.end('hello');
    await until('the backend has its side', () => peers.length > 0);
    assert.equal((await drained(peers[0] ?? assert.fail())).toString(), 'hello');
  });

  test('a host is proved by its name as it was written, not by its address', () => {
    const endpoint = { type: 'tcp', address: '10.0.0.1', family: 4, port: 1, host: 'redis-1' } as const;
    assert.equal(nameToProve({ tlsOutName: undefined }, endpoint), 'redis-1');
    assert.equal(nameToProve({ tlsOutName: 'redis.example' }, endpoint), 'redis.example');
  });
});

describe('a backend that TLS cannot be begun with', needs('openssl'), () => {
  const cases: readonly (readonly [
    name: string,
    make: (ours: Authority, t: TestContext) => (socket: Socket) => unknown,
    message: RegExp,
    name?: string,
  ])[] = [
    ['expired', (ours) => backend(pem(ours.issueExpired('server'))).serve, /^its certificate has expired$/],
    [
      'not valid yet',
      (ours) => backend(pem(ours.issue('server', { notBefore: new Date(Date.now() + 3_600_000) }))).serve,
      /^its certificate is not valid yet$/,
    ],
    [
      'foreign',
      (_, t) => backend(pem(new Authority(t).issue('server'))).serve,
      /^its certificate is of an authority that is not trusted.*; name the authority with tls-out-ca$/,
    ],
    [
      'self-signed',
      (_, t) => {
        const other = new Authority(t, 'itself');
        return backend(pem({ cert: other.ca, key: other.caKey })).serve;
      },
      /^its certificate is self-signed, .*; name the authority with tls-out-ca$/,
    ],
    [
      'for a client',
      (ours) => backend(pem(ours.issue('server', { use: 'client' }))).serve,
      /^its certificate is for another purpose$/,
    ],
    [
      'for another host',
      (ours) => backend(pem(ours.issue('server', { hosts: ['a.example'] }))).serve,
      /^its certificate is not for localhost, but for DNS:a\.example; set tls-out-name to a name that it is for$/,
    ],
    [
      'for another address',
      (ours) => backend(pem(ours.issue('server', { hosts: ['10.0.0.1'] }))).serve,
      /^its certificate is not for 127\.0\.0\.1, but for IP Address:10\.0\.0\.1; set tls-out-name/,
      '127.0.0.1',
    ],
    ['plain', () => (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), /^it does not speak TLS$/],
    [
      'with other versions',
      (ours) =>
        backend({ ...pem(ours.issue('server')), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }).serve,
      /^it sent the alert "protocol version"$/,
    ],
    ['that closes', () => (socket) => socket.end(), /^the connection was closed during the TLS handshake/],
    ['that resets', () => (socket) => socket.resetAndDestroy(), /^the connection was closed during the TLS handshake/],
    [
      'that closes amid the handshake',
      () => (socket) => socket.resume().once('data', () => socket.end()),
      /^the connection was closed during the TLS handshake/,
    ],
    [
      'that resets amid the handshake',
      () => (socket) => socket.resume().once('data', () => socket.resetAndDestroy()),
      /^the connection was closed during the TLS handshake \(ECONNRESET\)$/,
    ],
  ];
  for (const [name, make, message, asked] of cases) {
    test(`${name}: says why`, async (t) => {
      const ours = new Authority(t, 'ours');
      const { near, secure } = await attempt(t, { ca: ours.ca }, make(ours, t), asked === undefined ? {} : { name: asked });
      const failure = await failureOf(secure);
      assert.equal(failure.reason, 'tlsFailed');
      assert.match(failure.message, message);
      await until('the socket is closed', () => near.destroyed);
    });
  }

  test('silent: the time-out', async (t) => {
    const { near, secure } = await attempt(t, {}, () => {}, { timeout: 100 });
    assert.equal((await failureOf(secure)).reason, 'timedOut');
    assert.ok(near.destroyed);
  });

  test('without a name that it could prove', async (t) => {
    const { near, secure } = await attempt(t, {}, () => {}, { name: undefined });
    assert.match((await failureOf(secure)).message, /set tls-out-name/);
    assert.ok(near.destroyed);
  });

  test('given up by the signal, before and meanwhile', async (t) => {
    const controller = new AbortController();
    const meanwhile = await attempt(t, {}, () => {}, { signal: controller.signal });
    const rejected = assert.rejects(meanwhile.secure, /^Error: stop$/);
    controller.abort(new Error('stop'));
    await rejected;
    const before = await attempt(t, {}, () => {}, { signal: controller.signal });
    await assert.rejects(before.secure, /^Error: stop$/);
    assert.ok(meanwhile.near.destroyed && before.near.destroyed);
  });
});
