// What the engine is told of the backends of a route, and when.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { turn, UpstreamScene } from './upstreams.ts';

describe('backends', () => {
  test('are told once in a turn, in the order of the targets, and not again without news', async (t) => {
    const scene = new UpstreamScene(t, '10.0.0.2:1,10.0.0.1:1,unix:/run/app.sock');
    await turn();
    assert.equal(scene.told, '10.0.0.2:1 10.0.0.1:1 /run/app.sock');
    scene.update('10.0.0.2:1,10.0.0.1:1,unix:/run/app.sock?idle=5m');
    await turn();
    scene.upstream.failed(scene.slot(), 'refused', 1);
    await turn();
    assert.equal(scene.published.length, 1);
  });

  test('that two targets have in common are one', async (t) => {
    const scene = new UpstreamScene(t, '10.0.0.1:1,[::ffff:10.0.0.1]:1');
    await turn();
    assert.equal(scene.told, '10.0.0.1:1');
    assert.equal(scene.published[0]?.length, 1);
  });

  test('keep their slots where an update leaves them, or brings them back soon', async (t) => {
    const scene = new UpstreamScene(t, '10.0.0.1:1,10.0.0.2:1');
    await turn();
    const [one, two] = [scene.slot(0), scene.slot(1)];
    scene.update('10.0.0.3:1,10.0.0.2:1');
    await turn();
    assert.equal(scene.told, '10.0.0.3:1 10.0.0.2:1');
    assert.equal(scene.slot(1), two);
    assert.notEqual(scene.slot(0), one);
    const leaving = scene.upstream.backends.filter((backend) => backend.leaving);
    assert.deepEqual(
      leaving.map(({ key, usable }) => [key, usable]),
      [['10.0.0.1:1', false]],
    );
    scene.update('10.0.0.1:1');
    await turn();
    assert.equal(scene.slot(), one);
    assert.equal(scene.published.length, 3);
  });

  test('are left out after failures in a row, and come back', async (t) => {
    const scene = new UpstreamScene(t, '10.0.0.1:1,10.0.0.2:1?eject=3&eject-time=5s');
    await turn();
    const slot = scene.slot();
    scene.upstream.failed(slot, 'refused', 2);
    scene.count(slot, 'connections', 1);
    scene.upstream.failed(slot, 'refused', 2);
    await turn();
    assert.equal(scene.published.length, 1, 'the success between them is seen in the ledger');
    scene.upstream.failed(slot, 'timedOut', 1);
    await turn();
    assert.equal(scene.told, '(10.0.0.1:1) 10.0.0.2:1');
    const [backend] = scene.upstream.backends;
    assert.equal(backend?.ejections, 1);
    assert.equal(backend.reason, 'timed_out');
    const left = Number(backend.ejectedUntil) - Date.now();
    assert.ok(left > 0 && left <= 5000, `left out for ${left} ms more`);
    scene.ahead = 5000;
    scene.upstream.failed(scene.slot(1), 'refused', 1);
    await turn();
    assert.equal(scene.told, '10.0.0.1:1 10.0.0.2:1');
  });

  test('come back by themselves', async (t) => {
    const scene = new UpstreamScene(t, '10.0.0.1:1,10.0.0.2:1?eject=1&eject-time=50ms');
    await turn();
    scene.upstream.failed(scene.slot(), 'refused', 1);
    await scene.tells('(10.0.0.1:1) 10.0.0.2:1');
    await scene.tells('10.0.0.1:1 10.0.0.2:1');
  });

  test('are never all left out', async (t) => {
    const scene = new UpstreamScene(t, '10.0.0.1:1,10.0.0.2:1?eject=1&eject-time=1h&eject-max=1h');
    await turn();
    scene.upstream.failed(scene.slot(0), 'refused', 1);
    await scene.tells('(10.0.0.1:1) 10.0.0.2:1');
    scene.upstream.failed(scene.slot(1), 'refused', 1);
    await scene.tells('10.0.0.1:1 10.0.0.2:1');
    assert.deepEqual(
      scene.upstream.backends.map(({ ejections }) => ejections),
      [1, 0],
    );
  });
});

describe('checked backends', () => {
  test('are used after the first success, and not while they are down', async (t) => {
    const [one, two] = [await TcpServer.listen(t, silent), await TcpServer.listen(t, silent)];
    await two.close();
    const options = 'check=tcp&check-interval=10ms&rise=1&fall=1';
    const scene = new UpstreamScene(t, `${one.address},${two.address}?${options}`);
    await scene.tells(`${one.address} (${two.address})`);
    assert.deepEqual(
      scene.published[0]?.map(({ usable }) => usable),
      [false, false],
    );
    await until('the other one is down', () => scene.upstream.backends[1]?.check === 'down');
    assert.match(scene.upstream.backends[1]?.reason ?? '', /refused/);
    await two.open();
    await scene.tells(`${one.address} ${two.address}`);
    await one.close();
    await scene.tells(`(${one.address}) ${two.address}`);
    scene.update(`${one.address},${two.address}`);
    await scene.tells(`${one.address} ${two.address}`);
  });

  test('that are in use stay so when checks are begun, until they fail', async (t) => {
    const mute = await TcpServer.listen(t, silent);
    const scene = new UpstreamScene(t, mute.address);
    await scene.tells(mute.address);
    scene.update(`${mute.address}?check=http:/&check-timeout=60s`);
    await mute.peer(1);
    assert.equal(scene.upstream.backends[0]?.check, 'pending');
    assert.equal(scene.told, mute.address);
    for (const peer of mute.peers) peer.end();
    await scene.tells(`(${mute.address})`);
  });

  test('are not missed when an update replaces them: those from before stay until the new ones are known', async (t) => {
    const [before, after] = [await TcpServer.listen(t, silent), await TcpServer.listen(t, silent)];
    const scene = new UpstreamScene(t, before.address);
    await scene.tells(before.address);
    scene.update(`${after.address}?check=http:/&check-timeout=60s`);
    const asked = await after.peer();
    assert.equal(scene.told, `(${after.address}) ${before.address}`);
    await asked.receives(1);
    await asked.send('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    await scene.tells(after.address);
  });
});
