import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import { Authority } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { TerminationFailure, type TlsTermination } from '../../../../sidecars/ambassador/tls/terminate.ts';
import { helloFor, helloOfNode } from '../preface/hello.ts';
import { connection, drained, long, secureClient, terminationOf } from './scene.ts';

/** A connection on which TLS was ended: the client's socket, ours, and the accepted one below. */
async function secured(t: TestContext, termination: TlsTermination, options: ConnectionOptions, path?: string) {
  const { client, accepted } = await connection(t, path);
  const far = secureClient(client, options);
  const near = await termination.handshake(accepted, long);
  near.on('error', () => {});
  return { far, near, client, accepted };
}

/** `openssl s_client`, which ends where it cannot verify us. */
async function opensslClient(t: TestContext, ...args: readonly string[]) {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => server.close());
  const { port } = server.address() as AddressInfo;
  const all = ['s_client', '-connect', `127.0.0.1:${port}`, '-verify_return_error', '-quiet', '-no_ign_eof', ...args];
  const child = spawn('openssl', all, { stdio: ['pipe', 'pipe', 'ignore'] });
  atEnd(t, () => child.kill());
  const [accepted] = (await once(server, 'connection')) as [Socket];
  return { child, accepted };
}

const failureOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => assert.fail('the handshake was done'),
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof TerminationFailure, String(error));
  return error;
};

const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const only = (version: (typeof versions)[number]) => ({ minVersion: version, maxVersion: version });

describe('TLS of clients', needs('openssl'), () => {
  for (const version of versions) {
    test(`${version} is ended, with data both ways and each side closed alone`, async (t) => {
      const authority = new Authority(t);
      const termination = await terminationOf(t, authority.issue('server'));
      const large = Buffer.alloc(5_000_000, '0123456789abcdef!');
      for (const clientFirst of [true, false]) {
        const { far, near, accepted } = await secured(t, termination, { ca: readFileSync(authority.ca), ...only(version) });
        assert.equal(near.getProtocol(), version);
        const [first, second] = clientFirst ? [far, near] : [near, far];
        first.end('the last word');
        assert.equal((await drained(second)).toString(), 'the last word');
        assert.equal(second.writable, true);
        second.end(large);
        assert.ok((await drained(first)).equals(large));
        await until('both are closed', () => far.destroyed && near.destroyed && accepted.destroyed);
      }
    });
  }

  test('of openssl s_client', async (t) => {
    const authority = new Authority(t);
    const termination = await terminationOf(t, authority.issue('server'));
    const { child, accepted } = await opensslClient(t, '-CAfile', authority.ca, '-verify_hostname', 'localhost');
    const near = await termination.handshake(accepted, long);
    child.stdin.write('hello\n');
    const [line] = (await once(near, 'data')) as [Buffer];
    near.end(`${line}and goodbye\n`);
    let said = '';
    for await (const chunk of child.stdout) said += chunk;
    assert.equal(said, 'hello\nand goodbye\n');
  });

  test('over a Unix socket, several at the same time', async (t) => {
    const authority = new Authority(t);
    const termination = await terminationOf(t, authority.issue('server'));
    const folder = temporaryFolder(t);
    const ca = readFileSync(authority.ca);
    const all = await Promise.all([1, 2, 3].map((n) => secured(t, termination, { ca }, join(folder, `${n}`))));
    for (const [index, { far, near }] of all.entries()) {
      far.end(`${index}`);
      assert.equal((await drained(near)).toString(), `${index}`);
    }
  });

  test('a RST is carried both ways', async (t) => {
    const authority = new Authority(t);
    const termination = await terminationOf(t, authority.issue('server'));
    const ca = readFileSync(authority.ca);
    const both: Awaited<ReturnType<typeof secured>>[] = [];
    for (const sender of ['client', 'accepted'] as const) {
      const sides = await secured(t, termination, { ca });
      // Where our session tickets are still to be written, that write takes the error, and Node tells of a FIN.
      sides.far.write('hello');
      await once(sides.near, 'data');
      const heard = drained(sender === 'client' ? sides.near : sides.far);
      sides[sender].resetAndDestroy();
      await assert.rejects(heard, { code: 'ECONNRESET' });
      both.push(sides);
    }
    await until('nothing is left', () => both.every(({ near, accepted }) => near.destroyed && accepted.destroyed));
  });

  test('what was put back into the socket counts, and a FIN behind it too', async (t) => {
    const authority = new Authority(t);
    const termination = await terminationOf(t, authority.issue('server'));
    const { client, accepted } = await connection(t);
    const far = secureClient(client, { ca: readFileSync(authority.ca) });
    accepted.resume();
    const [hello] = (await once(accepted, 'data')) as [Buffer];
    accepted.pause();
    accepted.removeAllListeners('data');
    accepted.unshift(hello);
    const near = await termination.handshake(accepted, long);
    near.end('welcome');
    assert.equal((await drained(far)).toString(), 'welcome');

    const leaving = await connection(t);
    leaving.client.end(hello);
    leaving.accepted.on('readable', () => {});
    await until('all arrived', () => leaving.accepted.bytesRead === hello.length);
    leaving.accepted.removeAllListeners('readable');
    assert.equal((await failureOf(termination.handshake(leaving.accepted, long))).reason, 'left');
  });
});

describe('TLS of clients that fails', needs('openssl'), () => {
  const cases: readonly (readonly [
    name: string,
    act: (client: Socket, ca: Buffer, t: TestContext) => unknown,
    reason: string,
    message: RegExp,
  ])[] = [
    ['HTTP', (client) => client.write('GET / HTTP/1.1\r\n\r\n'), 'tlsFailed', /failed: http request$/],
    ['a hello that is cut off by a FIN', (client) => client.end(helloFor('localhost').subarray(0, 40)), 'left', /left/],
    ['a FIN', (client) => client.end(), 'left', /left/],
    ['a FIN behind the hello', async (client, _, t) => client.end(await helloOfNode(t, {})), 'left', /left/],
    ['a RST', (client) => client.resetAndDestroy(), 'left', /left/],
    [
      'a RST amid the hello',
      (client) => client.write(helloFor('a').subarray(0, 9), () => client.resetAndDestroy()),
      'left',
      /left/,
    ],
    [
      'TLS 1.1',
      (client, ca) => secureClient(client, { ca, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
      'tlsFailed',
      /version|protocol/,
    ],
  ];
  for (const [name, act, reason, message] of cases) {
    test(`${name}: ${reason}`, async (t) => {
      const authority = new Authority(t);
      const termination = await terminationOf(t, authority.issue('server'));
      const { client, accepted } = await connection(t);
      await act(client, readFileSync(authority.ca), t);
      const failure = await failureOf(termination.handshake(accepted, long));
      assert.equal(failure.reason, reason, failure.message);
      assert.match(failure.message, message);
      await until('the socket is closed', () => accepted.destroyed);
    });
  }

  for (const version of ['-tls1_2', '-tls1_3']) {
    test(`the alert of a client that does not trust us (${version}) is told`, async (t) => {
      const termination = await terminationOf(t, new Authority(t).issue('server'));
      const { accepted } = await opensslClient(t, '-CAfile', new Authority(t).ca, version);
      const failure = await failureOf(termination.handshake(accepted, long));
      assert.equal(failure.reason, 'tlsFailed');
      assert.equal(failure.alert, 'unknown ca');
      assert.equal(failure.message, 'the TLS handshake failed: the client sent the alert "unknown ca"');
    });
  }

  test('a client that is silent, and one that sends slowly, are cut at the time-out', async (t) => {
    const termination = await terminationOf(t, new Authority(t).issue('server'));
    for (const sends of [Buffer.alloc(0), helloFor('localhost')]) {
      const { client, accepted } = await connection(t);
      let at = 0;
      const slowly = setInterval(() => client.write(sends.subarray(at, ++at)), 30);
      assert.equal((await failureOf(termination.handshake(accepted, 300))).reason, 'headerTimeout');
      clearInterval(slowly);
      assert.ok(accepted.destroyed);
    }
  });

  test('the signal ends it', async (t) => {
    const termination = await terminationOf(t, new Authority(t).issue('server'));
    const { accepted } = await connection(t);
    const controller = new AbortController();
    const handshake = termination.handshake(accepted, long, controller.signal);
    controller.abort(new Error('stop'));
    await assert.rejects(handshake, /^Error: stop$/);
    assert.ok(accepted.destroyed);
  });
});
