// A stream that ends ends alone: the other direction is carried on for as long as its sender likes.
import assert from 'node:assert/strict';
import { dial, silent, TcpServer } from '#harness/tcp.ts';
import { onBothEngines } from './both.ts';

const large = Buffer.alloc(5_000_000, 'after the end of the other direction. ');

onBothEngines('a client that ends its stream gets 5 MB after that', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const { port } = await start({ to: backend.address });
  const client = await dial(t, port);
  client.socket.end('request');
  const peer = await backend.peer();
  assert.equal(await peer.ending, 'FIN');
  assert.equal(peer.received.toString(), 'request');
  peer.socket.end(large);
  assert.equal(await client.ending, 'FIN');
  assert.ok(client.received.equals(large));
});

onBothEngines('a backend that ends its stream gets 5 MB after that', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const { port } = await start({ to: backend.address });
  const client = await dial(t, port);
  const peer = await backend.peer();
  peer.socket.end('greeting');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'greeting');
  client.socket.end(large);
  assert.equal(await peer.ending, 'FIN');
  assert.ok(peer.received.equals(large));
});

onBothEngines('an end that comes right behind 5 MB overtakes none of them', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const { port } = await start({ to: backend.address });
  const client = await dial(t, port);
  const peer = await backend.peer();
  peer.stall();
  client.stall();
  client.socket.end(large);
  peer.socket.end(large);
  peer.read();
  client.read();
  assert.deepEqual([await peer.ending, await client.ending], ['FIN', 'FIN']);
  assert.ok(peer.received.equals(large) && client.received.equals(large));
});

onBothEngines('a client that sends and ends before the backend has accepted is carried whole', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const { port } = await start({ to: backend.address });
  for (let round = 0; round < 50; round += 1) {
    const client = await dial(t, port);
    client.socket.end(`request ${round}`);
    assert.equal(await client.ending, 'FIN');
    assert.equal(client.received.toString(), `request ${round}`);
  }
});

onBothEngines('both ends without a byte', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const ambassador = await start({ to: backend.address });
  const client = await dial(t, ambassador.port);
  client.end();
  assert.equal(await client.ending, 'FIN');
  await ambassador.counts(0, 'active_connections');
});
