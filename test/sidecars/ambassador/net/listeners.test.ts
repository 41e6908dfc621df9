import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { dial, echo, says, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { optionsWith } from '../dispatch/scene.ts';
import { endpointOf, Scene } from './scene.ts';

test('backends that were told before the route is listened for', async (t) => {
  const scene = new Scene(t);
  const { port } = await scene.serve({}, await TcpServer.listen(t, says('hello')));
  const client = await dial(t, port);
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'hello');
});

test('other routes and options for a listener that is open: connections stay, new ones follow', async (t) => {
  const scene = new Scene(t);
  const [old, young] = [await TcpServer.listen(t), await TcpServer.listen(t, says('young'))];
  const first = scene.route('first', { max: 1 }, endpointOf(old));
  const listener = await scene.listen(first);
  const staying = await dial(t, listener.port);
  await staying.send('still ');
  await staying.receives(6);
  const second = scene.route('second', {}, endpointOf(young));
  await scene.engine.listen({ ...listener, routes: [second] });
  const client = await dial(t, listener.port);
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'young');
  await staying.send('here');
  assert.equal((await staying.receives(10)).toString(), 'still here');
  assert.equal(scene.count(first, 'clients'), 1);
});

test('other options of the same route hold for those who wait', async (t) => {
  const scene = new Scene(t);
  const backend = await TcpServer.listen(t);
  const route = scene.route('route', { max: 1 }, endpointOf(backend));
  const listener = await scene.listen(route);
  await dial(t, listener.port);
  await dial(t, listener.port);
  await until('one waits', () => scene.count(route, 'waiting') === 1);
  await scene.engine.listen({ ...listener, routes: [{ ...route, options: optionsWith({ max: 2 }) }] });
  await backend.peer(1);
  assert.equal(scene.count(route, 'waiting'), 0);
});

test('a listener that is closed: nobody comes in, and who waits is still served', async (t) => {
  const scene = new Scene(t);
  const route = scene.route('route', { hold: 60_000 });
  const { port, key } = await scene.listen(route);
  const client = await dial(t, port);
  await until('it waits', () => scene.count(route, 'waiting') === 1);
  await scene.engine.unlisten(key);
  await assert.rejects(dial(t, port), { code: 'ECONNREFUSED' });
  scene.point(route, endpointOf(await TcpServer.listen(t, says('late'))));
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'late');
});

test('drain resolves when the last connection has ended, and destroy ends all with a reset', async (t) => {
  const scene = new Scene(t);
  const backend = await TcpServer.listen(t, silent);
  const { port } = await scene.serve({}, backend);
  const [staying, leaving] = [await dial(t, port), await dial(t, port)];
  await backend.peer(1);
  let drained = false;
  const drain = scene.engine.drain().then(() => {
    drained = true;
  });
  leaving.reset();
  await until('one has ended', () => scene.backend('active') === 1);
  assert.equal(drained, false);
  await scene.engine.destroy();
  assert.equal(await staying.ending, 'ECONNRESET');
  await drain;
});

test('a Unix socket: its permissions, and that it goes with its listener', async (t) => {
  const scene = new Scene(t);
  const path = join(temporaryFolder(t), 'app.sock');
  const route = scene.route('route', { listenMode: '0600' }, endpointOf(await TcpServer.listen(t, echo)));
  await scene.engine.listen({ key: path, address: { type: 'unix', path }, routes: [route] });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const client = await dial(t, { path });
  client.socket.end('by path');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'by path');
  const other = new Scene(t);
  await assert.rejects(other.engine.listen({ key: path, address: { type: 'unix', path }, routes: [other.route('other', {})] }), {
    code: 'EADDRINUSE',
  });
  await scene.engine.unlisten(path);
  assert.equal(existsSync(path), false);
});

test('failures of one backend in one turn are told as one', async (t) => {
  const scene = new Scene(t);
  const route = scene.route('route', { hold: 60_000 });
  const { port } = await scene.listen(route);
  await Promise.all(Array.from({ length: 50 }, () => dial(t, port)));
  await until('all wait', () => scene.count(route, 'waiting') === 50);
  scene.point(route, endpointOf({ port: await freePort() }));
  await until('all have failed', () => scene.backend('refused') >= 50);
  await until('all was told', () => scene.told.reduce((sum, [, , count]) => sum + count, 0) >= 50);
  assert.ok(scene.told.length < 25, `told ${scene.told.length} times`);
  assert.ok(scene.told.every(([, reason]) => reason === 'refused'));
});
