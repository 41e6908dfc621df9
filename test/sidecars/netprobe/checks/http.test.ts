import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { silent, TcpServer } from '#harness/tcp.ts';
import { assertPhases, check } from './checking.ts';

async function serve(t: TestContext, listener: RequestListener, host = '127.0.0.1'): Promise<number> {
  const server = createServer(listener);
  server.listen(0, host);
  await once(server, 'listening');
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a check by HTTP', () => {
  for (const status of [200, 204, 301, 399])
    test(`is well with ${status}`, async (t) => {
      const port = await serve(t, (_, response) => response.writeHead(status, 'Word', { location: '/elsewhere' }).end());
      const outcome = await check(`http://127.0.0.1:${port}/health`);
      assert.deepEqual([outcome.ok, outcome.detail], [true, `HTTP ${status} Word`]);
      assertPhases(outcome, 'resolve', 'connect', 'process');
      assert.equal(outcome.certificateExpires, undefined);
    });

  for (const status of [400, 404, 500, 503])
    test(`fails with ${status}, which is an answer`, async (t) => {
      const port = await serve(t, (_, response) => response.writeHead(status).end('reasons'));
      const outcome = await check(`http://127.0.0.1:${port}`);
      assert.equal(outcome.ok, false);
      assert.match(outcome.detail, new RegExp(`^HTTP ${status} `));
      assertPhases(outcome, 'resolve', 'connect', 'process');
    });

  test('asks for the path as it is written, of the host as it is written, once', async (t) => {
    const seen: IncomingMessage[] = [];
    const port = await serve(t, (request, response) => {
      seen.push(request);
      response.writeHead(302, { location: '/login' }).end();
    });
    await check(`http://localhost:${port}/a%20b/?x=1&y=%2C`);
    assert.deepEqual(
      seen.map(({ method, url, headers }) => [method, url, headers.host, headers.connection, headers['user-agent']]),
      [['GET', '/a%20b/?x=1&y=%2C', `localhost:${port}`, 'close', 'sidekick-netprobe']],
    );
  });

  test('writes an IPv6 address in brackets', async (t) => {
    let host: string | undefined;
    const port = await serve(
      t,
      (request, response) => {
        host = request.headers.host;
        response.end();
      },
      '::1',
    );
    assert.equal((await check(`http://[::1]:${port}/`)).ok, true);
    assert.equal(host, `[::1]:${port}`);
  });

  test('does not read the body, however long, nor wait for it', async (t) => {
    let closed: Promise<unknown> | undefined;
    let sent = 0;
    const port = await serve(t, (_, response) => {
      closed = once(response, 'close');
      const more = () => {
        sent += 65_536;
        response.write(Buffer.alloc(65_536), (error) => !error && more());
      };
      more();
    });
    const outcome = await check(`http://127.0.0.1:${port}/`);
    assert.equal(outcome.detail, 'HTTP 200 OK');
    await closed;
    assert.ok(sent < 64 * 2 ** 20, `${sent} bytes were sent`);
  });

  test('waits for the header of the answer', async (t) => {
    const port = await serve(t, (_, response) => setTimeout(() => response.end(), 150));
    const { phases } = await check(`http://127.0.0.1:${port}/`);
    assert.ok((phases.process ?? 0) >= 0.145, JSON.stringify(phases));
    assert.ok((phases.connect ?? 1) < 0.145, JSON.stringify(phases));
  });

  test('takes no word of what comes before the answer', async (t) => {
    const port = await serve(t, (_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeHead(503).end();
    });
    assert.match((await check(`http://127.0.0.1:${port}/`)).detail, /^HTTP 503/);
  });

  for (const [what, said, expected] of [
    ['in another language', 'SSH-2.0-OpenSSH_9.2\r\n', /^it does not answer in HTTP: /],
    ['by hanging up', '', /^the connection is closed without an answer$/],
    ['by half a header', 'HTTP/1.1 200 OK\r\nDate: ', /^the connection is closed without an answer$/],
    ['by a header without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`, /^the header of its answer is too long/],
    ['by another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', /^HTTP 101 /],
  ] as const)
    test(`fails where it is answered ${what}`, async (t) => {
      const { port } = await TcpServer.listen(t, ({ socket }) => void socket.resume().end(said));
      const outcome = await check(`http://127.0.0.1:${port}/`);
      assert.match(outcome.detail, expected);
      assert.equal(outcome.ok, false);
    });

  test('fails where the connection is reset', async (t) => {
    const { port } = await TcpServer.listen(t, (peer) => peer.socket.once('data', () => peer.reset()));
    const outcome = await check(`http://127.0.0.1:${port}/`);
    assert.equal(outcome.detail, 'the connection is closed without an answer');
    assertPhases(outcome, 'resolve', 'connect');
  });

  test('ends in its time where nobody answers, and closes its connection', async (t) => {
    const server = await TcpServer.listen(t, silent);
    const outcome = await check(`http://127.0.0.1:${server.port}/`, 200);
    assert.deepEqual([outcome.ok, outcome.detail], [false, 'timeout: no answer within 200 ms']);
    assert.ok(outcome.seconds >= 0.199 && outcome.seconds < 10, `${outcome.seconds}`);
    await (await server.peer()).ending;
  });
});
