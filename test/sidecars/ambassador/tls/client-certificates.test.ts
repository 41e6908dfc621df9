import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import { Authority, type CertificateFiles } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { TerminationFailure, TlsTermination } from '../../../../sidecars/ambassador/tls/terminate.ts';
import { connection, contextOf, drained, long, pem, secureClient } from './scene.ts';

/** Servers of one authority, which let in clients of another. */
async function scene(t: TestContext) {
  const authority = new Authority(t, 'of servers');
  const clients = new Authority(t, 'of clients');
  const ca = join(temporaryFolder(t), 'clients.pem');
  copyFileSync(clients.ca, ca);
  const context = await contextOf(t, { ...authority.issue('server'), ca });
  const termination = new TlsTermination(context);
  const trust = { ca: readFileSync(authority.ca) };
  /** What the client hears, and what became of the handshake on our side: a socket, or why there is none. */
  const meet = async (options: ConnectionOptions) => {
    const { client, accepted } = await connection(t);
    const far = secureClient(client, { ...trust, ...options });
    far.on('secureConnect', () => far.write('hello'));
    const heard = drained(far).then(
      (bytes) => bytes.toString(),
      () => 'an error',
    );
    try {
      const near = await termination.handshake(accepted, long);
      near.on('error', () => {});
      near.end('welcome');
      return { heard: await heard, near, far };
    } catch (error) {
      assert.ok(error instanceof TerminationFailure, String(error));
      await until('its socket is closed', () => accepted.destroyed);
      return { heard: await heard, failure: error, far };
    }
  };
  return { clients, ca, context, meet };
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const only = { minVersion: version, maxVersion: version };

  describe(`certificates of clients by ${version}`, needs('openssl'), () => {
    test('of the authority are let in', async (t) => {
      const { clients, meet } = await scene(t);
      const { heard, near } = await meet({ ...pem(clients.issue('client', { use: 'client' })), ...only });
      assert.equal(heard, 'welcome');
      assert.equal(near?.getPeerX509Certificate()?.subject, 'CN=client');
    });

    const refused: readonly (readonly [
      name: string,
      make: (clients: Authority, t: TestContext) => CertificateFiles | undefined,
      message: RegExp,
    ])[] = [
      ['none', () => undefined, /^the client showed no certificate$/],
      ['expired', (clients) => clients.issueExpired('client', { use: 'client' }), /^the client's certificate has expired$/],
      [
        'not valid yet',
        (clients) => clients.issue('client', { use: 'client', notBefore: new Date(Date.now() + 3_600_000) }),
        /^the client's certificate is not valid yet$/,
      ],
      [
        'foreign',
        (_, t) => new Authority(t, 'foreign').issue('client', { use: 'client' }),
        /^the client's certificate is of an authority that is not trusted/,
      ],
      [
        'of a server',
        (clients) => clients.issue('client', { use: 'server' }),
        /^the client's certificate is for another purpose$/,
      ],
    ];
    for (const [name, make, message] of refused) {
      test(`${name}: refused, and nothing is sent to it`, async (t) => {
        const { clients, meet } = await scene(t);
        const files = make(clients, t);
        const { heard, failure } = await meet({ ...(files && pem(files)), ...only });
        assert.notEqual(heard, 'welcome');
        assert.equal(failure?.reason, 'tlsFailed');
        assert.match(failure?.message ?? '', message);
      });
    }
  });
}

describe('a resumed session', needs('openssl'), () => {
  /** A session that a client was given, to resume it with. */
  async function sessionOf(meet: Awaited<ReturnType<typeof scene>>['meet'], options: ConnectionOptions): Promise<Buffer> {
    const { heard, far } = await meet(options);
    assert.equal(heard, 'welcome');
    return far.getSession() ?? assert.fail('no session');
  }
  // In TLS 1.3 sessions come behind the handshake; that of TLS 1.2 can be asked for at once.
  const only = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;

  test('goes on beyond a reload, but not where other clients are trusted', async (t) => {
    const { clients, ca, context, meet } = await scene(t);
    const options = { ...pem(clients.issue('client', { use: 'client' })), ...only };
    const session = await sessionOf(meet, options);
    assert.equal((await meet({ ...options, session })).near?.isSessionReused(), true);
    copyFileSync(new Authority(t, 'others').ca, ca);
    await context.refresh(false);
    const { failure } = await meet({ ...options, session });
    assert.match(failure?.message ?? '', /not trusted/);
  });

  test('ends with the certificate of the client', async (t) => {
    const { clients, meet } = await scene(t);
    const notAfter = new Date(Date.now() + 3000);
    const options = { ...pem(clients.issue('client', { use: 'client', notAfter })), ...only };
    const session = await sessionOf(meet, options);
    await until('the certificate has expired', () => Date.now() > notAfter.getTime());
    const { failure, heard } = await meet({ ...options, session });
    assert.notEqual(heard, 'welcome');
    assert.equal(failure?.message, "the client's certificate has expired");
  });
});
