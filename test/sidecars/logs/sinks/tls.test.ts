import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { Authority, type CertificateFiles } from '#harness/certificates.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, type SidecarProcess, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { linesOf, overHttp, place, suite } from './suite.ts';

suite(
  'https://',
  async (t) => {
    const authority = new Authority(t);
    const { receiver } = await receive(t, authority.issue('receiver'));
    return overHttp(receiver, { LOGS_CA: authority.ca });
  },
  needs('openssl'),
);

/** A receiver over TLS, and its servers, each of which has the options that `with` gives at that moment. */
async function receive(t: TestContext, files: CertificateFiles, options: ServerOptions = {}) {
  let server: Server | undefined;
  const receiver = await Receiver.start(t, {
    create: (handler) => {
      server = createServer({ ...read(files), ...options }, handler);
      return server as unknown as HttpServer;
    },
    scheme: 'https',
  });
  return { receiver, server: () => server as Server };
}

function read({ cert, key }: CertificateFiles): { cert: string; key: string } {
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

describe('TLS', needs('openssl'), () => {
  test('a certificate of an authority that is not trusted is told, and nothing is sent', async (t) => {
    const { receiver } = await receive(t, new Authority(t).issue('receiver'));
    const { ca } = new Authority(t);
    const { settings } = place(t, 3);
    for (const trust of [{}, { LOGS_CA: ca }]) {
      const running = startSidecar(t, 'logs', { ...settings, ...trust, LOGS_TO: receiver.url });
      await until('it is told', () => sinkSays(running, /cannot be reached: .*certificate/i));
      await running.stop('SIGKILL');
    }
    assert.deepEqual(receiver.batches, []);
    const checked = await runSidecar(t, 'logs', { ...settings, LOGS_CA: ca, LOGS_TO: receiver.url }, ['--check']);
    assert.equal(checked.code, 1);
    assert.match(checked.stdout, /^FAIL {2}sink: .*certificate/im);
  });

  test('a receiver that asks for a certificate gets the one of LOGS_CERT', async (t) => {
    const authority = new Authority(t);
    const asking = { ca: readFileSync(authority.ca), requestCert: true, rejectUnauthorized: true };
    const { receiver } = await receive(t, authority.issue('receiver'), asking);
    const { cert, key } = authority.issue('logs', { use: 'client' });
    const { settings } = place(t, 3);
    const env = { ...settings, LOGS_TO: receiver.url, LOGS_CA: authority.ca };
    const without = startSidecar(t, 'logs', env);
    await until('it is told', () => sinkSays(without, /cannot be reached/));
    await without.stop('SIGKILL');
    assert.equal((await runSidecar(t, 'logs', { ...env, LOGS_CERT: cert, LOGS_KEY: key }, ['--once'])).code, 0);
    assert.deepEqual(receiver.messages, linesOf(3));
  });

  test('a key of another certificate is refused at the start', async (t) => {
    const authority = new Authority(t);
    const [{ cert }, { key }] = [authority.issue('one', { use: 'client' }), authority.issue('other', { use: 'client' })];
    const { settings } = place(t, 3);
    const env = { ...settings, LOGS_TO: 'https://127.0.0.1:1/', LOGS_CERT: cert, LOGS_KEY: key };
    const { code, stderr } = await runSidecar(t, 'logs', env, ['--once']);
    assert.equal(code, 64);
    assert.match(stderr, /LOGS_CERT=.*, LOGS_KEY=.* cannot be used: .*key values mismatch/);
  });

  test('files that change are read again: nothing is lost, and broken ones change nothing', async (t) => {
    const authority = new Authority(t);
    const asking = { ca: readFileSync(authority.ca), requestCert: true, rejectUnauthorized: true };
    const names: string[] = [];
    const { receiver, server } = await receive(t, authority.issue('receiver'), asking);
    receiver.behave = ({ socket }) => {
      names.push(String((socket as TLSSocket).getPeerCertificate().subject?.CN));
      return 200;
    };
    const { folder, file, settings } = place(t, 1);
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const use = (from: CertificateFiles) => {
      copyFileSync(from.key, key);
      copyFileSync(from.cert, cert);
    };
    use(authority.issue('first', { use: 'client' }));
    const env = { ...settings, LOGS_TO: receiver.url, LOGS_CA: authority.ca, LOGS_CERT: cert, LOGS_KEY: key, LOGS_FLUSH: '10ms' };
    const running = startSidecar(t, 'logs', env);
    let written = 1;
    /** Writes lines, one after the other, until something holds. */
    const writeUntil = (what: string, holds: () => boolean) =>
      until(what, async () => {
        await receiver.got(written);
        if (holds()) return true;
        appendFileSync(file, `line ${written}\n`);
        written += 1;
        return false;
      });
    await writeUntil('the first certificate is in use', () => names.at(-1) === 'first');

    writeFileSync(cert, 'no certificate');
    await writeUntil('the broken file is told', () => sinkSays(running, /LOGS_CERT=.* holds no certificate.*stays in use/));
    assert.equal(names.at(-1), 'first');

    use(authority.issue('second', { use: 'client' }));
    await writeUntil('the second certificate is in use', () => names.at(-1) === 'second');
    await until('all is well again', () => running.log.findLast(({ part }) => part === 'sink')?.msg === 'ok');

    // the receiver changes as well: its old certificates are worth nothing any more
    const next = new Authority(t);
    server().setSecureContext({ ...read(next.issue('receiver')), ca: readFileSync(next.ca) });
    server().closeAllConnections();
    copyFileSync(next.ca, authority.ca);
    use(next.issue('third', { use: 'client' }));
    await writeUntil('the third certificate is in use', () => names.at(-1) === 'third');

    assert.equal((await running.stop()).code, 0);
    assert.deepEqual(new Set(receiver.messages), new Set(linesOf(written)));
  });
});

function sinkSays(running: SidecarProcess, text: RegExp): boolean {
  return running.log.some(({ part, msg }) => part === 'sink' && text.test(String(msg)));
}
