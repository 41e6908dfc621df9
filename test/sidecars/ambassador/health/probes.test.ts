// Checks against real servers, those included that never answer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { needs } from '#harness/needs.ts';
import { silent, TcpServer } from '#harness/tcp.ts';
import { probeOf } from '../../../../sidecars/ambassador/health/probes/probe.ts';
import { decode } from '../../../../sidecars/ambassador/preface/proxy-protocol.ts';
import { FullBacklog } from '../engines/programs/full-backlog.ts';
import { check, endpoint, route } from './probing.ts';

/** A web server, which ends with the test; where it listens, and the requests that came. */
async function web(t: TestContext, answer: RequestListener, where: { port: 0 } | { path: string } = { port: 0 }) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.host} ${request.headers.connection}`);
    answer(request, response);
  });
  server.listen({ host: '127.0.0.1', ...where });
  await once(server, 'listening');
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  const address = 'path' in where ? `unix:${where.path}` : `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, requests };
}

describe('a check by TCP', () => {
  test('connects, and closes at once', async (t) => {
    const server = await TcpServer.listen(t);
    assert.equal(await check(t, 'check=tcp')(server.address), 'well');
    const peer = await server.peer();
    assert.equal(await peer.ending, 'FIN');
    assert.equal(peer.bytes, 0);
  });

  test('of a Unix socket', async (t) => {
    const path = join(temporaryFolder(t), 'app.sock');
    assert.equal(await check(t, 'check=tcp')(`unix:${path}`), 'there is no such socket (ENOENT)');
    await TcpServer.listen(t, silent, { path });
    assert.equal(await check(t, 'check=tcp')(`unix:${path}`), 'well');
  });

  test('that is refused', async (t) => {
    assert.equal(await check(t, 'check=tcp')(`127.0.0.1:${await freePort()}`), 'the connection is refused (ECONNREFUSED)');
  });

  test('that nobody answers', needs('linux'), async (t) => {
    const { address } = await FullBacklog.listen(t);
    assert.equal(await check(t, 'check=tcp&check-timeout=50ms')(address), 'no answer within 50 ms');
  });

  for (const [version, length] of [
    ['v1', 15],
    ['v2', 16],
  ] as const)
    test(`says by the PROXY protocol ${version} that it is nobody's connection`, async (t) => {
      const server = await TcpServer.listen(t, silent);
      assert.equal(await check(t, `check=tcp&proxy-out=${version}`)(server.address), 'well');
      const peer = await server.peer();
      await peer.ending;
      assert.deepEqual(decode(peer.received), { state: 'complete', length });
      assert.equal(peer.bytes, length);
    });

  test('that is given up ends with the reason', async (t) => {
    const server = await TcpServer.listen(t);
    const { options } = route('1=127.0.0.1:2?check=tcp');
    const probe = probeOf(options.check, options, 1000, undefined);
    const reason = new Error('given up');
    await assert.rejects(async () => probe?.(endpoint(server.address), AbortSignal.abort(reason)), reason);
  });
});

describe('a check by HTTP', () => {
  for (const [status, expected] of [
    [200, 'well'],
    [204, 'well'],
    [302, 'well'],
    [404, 'it answers 404 Not Found'],
    [503, 'it answers 503 Service Unavailable'],
  ] as const)
    test(`that is answered by ${status}`, async (t) => {
      const { address, requests } = await web(t, (_, response) => void response.writeHead(status).end());
      assert.equal(await check(t, 'check=http:/health%3Fdeep')(address, 'app.test'), expected);
      assert.deepEqual(requests, [`GET /health?deep app.test:${address.split(':')[1]} close`]);
    });

  test('of a Unix socket', async (t) => {
    const path = join(temporaryFolder(t), 'app.sock');
    const { address, requests } = await web(t, (_, response) => void response.end('well'), { path });
    assert.equal(await check(t, 'check=http:/')(address), 'well');
    assert.deepEqual(requests, ['GET / localhost close']);
  });

  test('whose answer never ends is cut', async (t) => {
    let sent = 0;
    const { address } = await web(t, (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(1024))) sent += 1024;
      };
      response.on('drain', more);
      more();
    });
    assert.equal(await check(t, 'check=http:/&check-timeout=5s')(address), 'well');
    assert.ok(sent > 0 && sent < 2 ** 25, `${sent} bytes were taken`);
  });

  test('whose answer is not finished in time goes by its status', async (t) => {
    const { address } = await web(t, (_, response) => void response.writeHead(200).write('and'));
    assert.equal(await check(t, 'check=http:/&check-timeout=100ms')(address), 'well');
  });

  test('that is never answered', async (t) => {
    const { address } = await TcpServer.listen(t, silent);
    assert.equal(await check(t, 'check=http:/&check-timeout=50ms')(address), 'no answer within 50 ms');
  });

  for (const [what, behave, expected] of [
    ['in another language', 'SSH-2.0-OpenSSH_9.2\r\n', /^it does not answer in HTTP: /],
    ['by hanging up', '', /^the connection is closed without an answer$/],
    ['by half a header', 'HTTP/1.1 200 OK\r\nDate: ', /^the connection is closed without an answer$/],
  ] as const)
    test(`that is answered ${what}`, async (t) => {
      const { address } = await TcpServer.listen(t, ({ socket }) => void socket.resume().end(behave));
      assert.match(await check(t, 'check=http:/&check-timeout=60s')(address), expected);
    });

  test('that is reset', async (t) => {
    const { address } = await TcpServer.listen(t, (peer) => peer.socket.once('data', () => peer.reset()));
    assert.equal(await check(t, 'check=http:/&check-timeout=60s')(address), 'the connection is closed without an answer');
  });

  test('sends the PROXY header first', async (t) => {
    const server = await TcpServer.listen(t, ({ socket }) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n')));
    assert.equal(await check(t, 'check=http:/&proxy-out=v1')(server.address), 'well');
    const { received } = await server.peer();
    assert.match(received.toString(), /^PROXY UNKNOWN\r\nGET \/ HTTP\/1\.1\r\n/);
  });
});
