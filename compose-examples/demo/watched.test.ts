import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Watched } from './watched.ts';

test('one that goes is away once, and what it told is given on', async (t) => {
  const first = await serve(t, (_, response) => response.end('{"pid":1}'));
  const { port } = first.address() as AddressInfo;
  const told: unknown[] = [];
  const watched = new Watched(`http://127.0.0.1:${port}`, (status) => told.push(status));
  assert.deepEqual(watched.attached, { admin: `http://127.0.0.1:${port}`, answers: false, absences: 0 });
  await watched.look();
  assert.equal(watched.attached.answers, true);
  await close(first);
  await watched.look();
  await watched.look();
  assert.deepEqual(watched.attached, { admin: `http://127.0.0.1:${port}`, answers: false, absences: 1 });
  await serve(t, (_, response) => response.end('{"pid":2}'), port);
  await watched.look();
  assert.deepEqual(watched.attached, { admin: `http://127.0.0.1:${port}`, answers: true, absences: 1 });
  assert.deepEqual(told, [{ pid: 1 }, { pid: 2 }]);
});

test('one that keeps us waiting is not asked again at once', async (t) => {
  let asked = 0;
  const server = await serve(t, () => {
    asked += 1;
  });
  const watched = new Watched(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => {}, 500);
  await watched.look();
  await watched.look();
  assert.equal(asked, 1);
  assert.equal(watched.attached.answers, false);
});

test('one that is not attached is not asked', async () => {
  const watched = new Watched('');
  await watched.look();
  assert.deepEqual(watched.attached, { admin: '', answers: false, absences: 0 });
});

async function serve(t: TestContext, answer: RequestListener, port = 0): Promise<Server> {
  const server = createServer(answer).listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => close(server));
  return server;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
