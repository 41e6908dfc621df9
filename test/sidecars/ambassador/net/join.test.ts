// What the fast join does beside carrying bytes; that is tested on both engines.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { acceptSummed, type Checksum, dialSummed, sendSummed } from '#harness/checksum.ts';
import { needs } from '#harness/needs.ts';
import { dial, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { large } from '../../../../sidecars/ambassador/engines/net/read-buffers.ts';
import { Scene } from './scene.ts';

test('an answer that a backend sent before it reset the connection still arrives, and then the reset', async (t) => {
  const scene = new Scene(t);
  const backend = await TcpServer.listen(t, silent);
  const { port } = await scene.serve({}, backend);
  const client = await dial(t, port);
  await client.send('a request');
  const peer = await backend.peer();
  await peer.receives(9);
  // all in one turn of the loop: the engine finds bytes of the client first, for a backend that is gone already
  client.socket.write('more of it');
  peer.socket.write('too large');
  peer.reset();
  assert.equal(await client.ending, 'ECONNRESET');
  assert.equal(client.received.toString(), 'too large');
  assert.equal(scene.backend('resetByBackend'), 1);
});

test('small pieces that a backend does not take are kept from what other connections read', async (t) => {
  const scene = new Scene(t);
  const backend = await TcpServer.listen(t, silent);
  const { port } = await scene.serve({}, backend);
  const client = await dial(t, port);
  const peer = await backend.peer();
  peer.stall();
  const piece = Buffer.alloc(10_000, 'a');
  let sent = 0;
  const isCarried = async () => {
    for (let turn = 0; turn < 100; turn += 1) {
      if (scene.backend('bytesUp') === sent) return true;
      await nextTurn();
    }
    return false;
  };
  // one by one, so that the connection stays one of small reads
  do {
    await client.send(piece);
    sent += piece.length;
  } while (await isCarried());
  const others = await Promise.all(Array.from({ length: 20 }, () => dial(t, port)));
  for (const other of others) await other.send(Buffer.alloc(16_000, 'b'));
  for (let index = 1; index <= others.length; index += 1) await (await backend.peer(index)).receives(16_000);
  peer.read();
  const received = await peer.receives(sent);
  assert.ok(received.every((byte) => byte === 0x61));
});

test('a reset of a side that is not read is found, while the other side takes nothing', needs('linux'), async (t) => {
  const scene = new Scene(t);
  const backend = await TcpServer.listen(t, silent);
  const { port } = await scene.serve({}, backend);
  const client = await dial(t, port);
  const peer = await backend.peer();
  peer.stall();
  await client.sendUntilBlocked();
  client.reset();
  // nobody reads, so nothing but looking tells of it
  await until('the reset is found', () => scene.backend('resetByClient') === 1);
  peer.read();
  assert.equal(await peer.ending, 'ECONNRESET');
});

test('more bulk streams than there are large memories: every byte arrives', async (t) => {
  const scene = new Scene(t);
  const sums: Promise<Checksum>[] = [];
  const backend = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (accepted) => {
    const { socket, reader } = acceptSummed(accepted, 8192);
    sums.push(reader.sum);
    socket.on('end', () => socket.end());
  });
  backend.listen(0, '127.0.0.1');
  t.after(() => backend.close());
  await once(backend, 'listening');
  const { port } = await scene.serve({}, backend.address() as AddressInfo);
  const sent = await Promise.all(
    Array.from({ length: 40 }, (_, index) => sendSummed(dialSummed(port, 1024).socket, 8 * large + index, index)),
  );
  await until('all have ended', () => sums.length === 40 && scene.backend('active') === 0);
  const sorted = (all: Checksum[]) => all.sort((one, other) => one.bytes - other.bytes);
  assert.deepEqual(sorted(await Promise.all(sums)), sorted(sent));
});

test('bytes that came before the backend was connected to are not read, and not lost', async (t) => {
  const scene = new Scene(t);
  const route = scene.route('route', { hold: 60_000 });
  const { port } = await scene.listen(route);
  const client = connect({ host: '127.0.0.1', port });
  t.after(() => client.destroy());
  client.write('early');
  await until('it waits', () => scene.count(route, 'waiting') === 1);
  const backend = await TcpServer.listen(t);
  scene.point(route, { type: 'tcp', address: '127.0.0.1', family: 4, port: backend.port, host: 'localhost' });
  const peer = await backend.peer();
  assert.equal((await peer.receives(5)).toString(), 'early');
});
