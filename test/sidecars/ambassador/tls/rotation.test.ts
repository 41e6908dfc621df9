import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Authority, type CertificateFiles } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { TlsTermination } from '../../../../sidecars/ambassador/tls/terminate.ts';
import { connection, contextOf, drained, long, secureClient } from './scene.ts';

describe('a certificate that is replaced', needs('openssl'), () => {
  test('serves new connections, under old ones that stay, and sessions go on', async (t) => {
    const authority = new Authority(t);
    const folder = temporaryFolder(t);
    const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
    const put = ({ cert, key }: CertificateFiles) => {
      copyFileSync(cert, files.cert);
      copyFileSync(key, files.key);
    };
    put(authority.issue('first'));
    const context = await contextOf(t, files);
    const termination = new TlsTermination(context);
    const ca = readFileSync(authority.ca);
    const open = async (session?: Buffer) => {
      const { client, accepted } = await connection(t);
      const far = secureClient(client, { ca, ...(session && { session }) });
      const given = new Promise<Buffer>((resolve) => far.once('session', resolve));
      const near = await termination.handshake(accepted, long);
      near.write('hello');
      await once(far, 'data');
      return { far, near, given };
    };
    const subject = (far: Awaited<ReturnType<typeof open>>['far']) => far.getPeerX509Certificate()?.subject;

    const old = await open();
    assert.equal(subject(old.far), 'CN=first');
    // Of a handshake that has begun already, and of one that begins with the old session.
    const begun = await connection(t);
    const early = termination.handshake(begun.accepted, long);
    put(authority.issue('second'));
    await context.refresh(false);
    const renewed = await open();
    assert.equal(subject(renewed.far), 'CN=second');
    const resumed = await open(await old.given);
    assert.equal(resumed.near.isSessionReused(), true);
    const late = secureClient(begun.client, { ca });
    await early;
    assert.equal(late.getPeerX509Certificate()?.subject, 'CN=first');

    for (const { far, near } of [old, renewed, resumed]) {
      far.end('still here');
      assert.equal((await drained(near)).toString(), 'still here');
    }
  });
});
