import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { dial, type Peer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { isGone } from '../../../../sidecars/ambassador/engines/net/gone.ts';

/** A peer, and the other end of its connection, which nobody reads. */
async function unread(t: TestContext, path?: string): Promise<{ peer: Peer; socket: Socket }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  const address = server.address();
  const accepted = once(server, 'connection');
  const peer = await dial(t, typeof address === 'string' || address === null ? { path: path ?? '' } : address.port);
  const [socket] = (await accepted) as [Socket];
  socket.on('error', () => {});
  atEnd(t, () => {
    socket.destroy();
    server.close();
  });
  return { peer, socket };
}

test('a connection that is there, and one that this side has closed', async (t) => {
  const { peer, socket } = await unread(t);
  assert.equal(isGone(socket), false);
  await peer.send('bytes that nobody reads');
  assert.equal(isGone(socket), false);
  socket.destroy();
  assert.equal(isGone(socket), true);
});

test('one side has ended its stream, or both have: that is no reset', async (t) => {
  const [theirs, ours, both] = await Promise.all([unread(t), unread(t), unread(t)]);
  for (const { peer } of [theirs, both]) await new Promise<void>((resolve) => peer.socket.end(resolve));
  for (const { socket } of [ours, both]) await new Promise<void>((resolve) => socket.end(resolve));
  for (const { socket } of [theirs, ours, both]) assert.equal(isGone(socket), false);
});

test('the other side resets, also behind bytes that nobody reads', async (t) => {
  const { peer, socket } = await unread(t);
  await peer.send('bytes that nobody reads');
  peer.reset();
  await until('it is found', () => isGone(socket));
});

test('the other side resets after this one has ended its stream', async (t) => {
  const { peer, socket } = await unread(t);
  await new Promise<void>((resolve) => socket.end(resolve));
  assert.equal(await peer.ending, 'FIN');
  peer.reset();
  await until('it is found', () => isGone(socket));
});

test('a Unix socket whose other side lives', async (t) => {
  const { peer, socket } = await unread(t, join(temporaryFolder(t), 'app.sock'));
  assert.equal(isGone(socket), false);
  await peer.send('bytes');
  assert.equal(isGone(socket), false);
});
