// How a route is: starting, ok or degraded, and how it finds out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '#harness/free-port.ts';
import { silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { turn, UpstreamScene } from './upstreams.ts';

test('without checks: it is starting until a backend accepts, and that is all that a backend hears of', async (t) => {
  const server = await TcpServer.listen(t, silent);
  await server.close();
  const scene = new UpstreamScene(t, server.address);
  await turn();
  assert.deepEqual(scene.upstream.outlook, { state: 'starting', reason: 'no backend was reached yet' });
  await server.open();
  await scene.becomes('ok');
  await server.peer();
  scene.update(`${server.address}?idle=1m`);
  const other = new UpstreamScene(t, (await TcpServer.listen(t, silent)).address);
  for (let round = 0; round < 2; round += 1) {
    await other.becomes('ok');
    other.upstream.failed(other.slot(), 'refused', 1);
    await other.becomes('degraded');
  }
  await other.becomes('ok');
  assert.equal(server.peers.length, 1, 'nobody tries again, while others are tried twice');
  assert.deepEqual(scene.outlooks.at(-1), { state: 'ok', reason: '' });
});

test('without checks: where no client can be connected it is degraded, until a backend accepts again', async (t) => {
  const server = await TcpServer.listen(t, silent);
  const scene = new UpstreamScene(t, `${server.address},127.0.0.1:${await freePort()}`);
  await scene.becomes('ok');
  await server.close();
  scene.upstream.failed(scene.slot(0), 'refused', 1);
  await turn();
  assert.equal(scene.upstream.outlook.state, 'ok', 'the other one may be well');
  scene.upstream.failed(scene.slot(1), 'timedOut', 1);
  assert.equal(await scene.becomes('degraded'), `no client can be connected of late: ${server.address}: refused`);
  await server.open();
  await scene.becomes('ok');
});

test('without checks: a connection of a client is as good', async (t) => {
  const scene = new UpstreamScene(t, `127.0.0.1:${await freePort()}`);
  await turn();
  const slot = scene.slot();
  scene.count(slot, 'connections', 1);
  await scene.becomes('ok');
  scene.upstream.failed(slot, 'refused', 1);
  await scene.becomes('degraded');
  scene.count(slot, 'connections', 1);
  await scene.becomes('ok');
});

test('with checks: they tell, and nothing else is tried', async (t) => {
  const server = await TcpServer.listen(t, silent);
  await server.close();
  const scene = new UpstreamScene(t, `${server.address}?check=tcp&check-interval=10ms&rise=1&fall=1`);
  await until('it was checked', () => scene.upstream.backends[0]?.check === 'down');
  await turn();
  assert.equal(scene.upstream.outlook.state, 'starting');
  assert.match(scene.upstream.outlook.reason, /^its backend is down: 127\.0\.0\.1:\d+: the connection is refused/);
  await server.open();
  await scene.becomes('ok');
  await server.close();
  assert.match(await scene.becomes('degraded'), /^its backend is down: .*refused/);
});

test('with checks: failed connections outweigh them for a while', async (t) => {
  const server = await TcpServer.listen(t, silent);
  const scene = new UpstreamScene(t, `${server.address}?check=tcp&check-interval=10ms`);
  await scene.becomes('ok');
  scene.upstream.failed(scene.slot(), 'tlsFailed', 1);
  assert.match(await scene.becomes('degraded'), /of late: .*: tls_failed$/);
  const { length } = server.peers;
  await until('it was checked again', () => server.peers.length > length + 2);
  assert.equal(scene.upstream.outlook.state, 'degraded');
  scene.ahead = 31_000;
  await scene.becomes('ok');
});
