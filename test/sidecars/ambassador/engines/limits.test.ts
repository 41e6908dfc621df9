// How many, how long: limits hold exactly, and whoever waits for a place gets it or is told in time.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { dial, type Peer, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { onBothEngines } from './both.ts';

/** So many clients; each sends its number. */
async function clientsOf(t: TestContext, port: number, count: number): Promise<Peer[]> {
  const clients: Peer[] = [];
  for (let number = 0; number < count; number += 1) {
    const client = await dial(t, port);
    await client.send(`client ${number}`);
    clients.push(client);
  }
  return clients;
}

/** Ends connections one after the other, each from its backend, until all clients were served. */
async function serveAll(backend: TcpServer, clients: readonly Peer[], most: number): Promise<void> {
  for (const [index] of clients.entries()) {
    const peer = await backend.peer(index);
    await until('it has its message', () => peer.bytes > 0);
    assert.ok(backend.connected.length <= most, `${backend.connected.length} connections at a time`);
    peer.socket.end(peer.received);
    peer.socket.once('end', () => peer.socket.destroy());
    const client = clients.find(({ bytes }) => bytes === 0);
    assert.ok(client);
    await until('the client is served', () => clients.filter(({ ended }) => ended === 'FIN').length === index + 1);
    for (const { socket } of clients) if (socket.readableEnded) socket.end();
  }
  for (const [number, client] of clients.entries()) assert.equal(client.received.toString(), `client ${number}`);
}

onBothEngines('max: no more than that at a time, and the others are served one after the other', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: `${backend.address}?max=3&queue=60s` });
  const clients = await clientsOf(t, ambassador.port, 12);
  await ambassador.counts(9, 'waiting');
  await ambassador.counts(3, 'active_connections');
  await until('three are there', () => backend.peers.length === 3);
  await serveAll(backend, clients, 3);
  await ambassador.counts(0, 'waiting');
  await ambassador.counts(0, 'clients');
});

onBothEngines('backend-max: each backend has as many, and not one more', async (t, start) => {
  const backends = await Promise.all([TcpServer.listen(t, silent), TcpServer.listen(t, silent)]);
  const to = `${backends.map(({ address }) => address).join()}?backend-max=4&queue=60s`;
  const ambassador = await start({ to });
  await clientsOf(t, ambassador.port, 15);
  await ambassador.counts(7, 'waiting');
  await until('all places are taken', () => backends.every(({ peers }) => peers.length === 4));
  for (const backend of backends) await ambassador.counts(4, 'active_connections', { backend: backend.address });
  // a place that becomes free at one backend is for one client
  (await (backends[0] as TcpServer).peer(0)).reset();
  await ambassador.counts(6, 'waiting');
  await until('it is taken again', () => backends[0]?.peers.length === 5);
  assert.equal(backends[1]?.peers.length, 4);
});

onBothEngines('queue: who waited for so long is turned away, and nobody else', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: `${backend.address}?max=2&queue=300ms` });
  const clients = await clientsOf(t, ambassador.port, 5);
  const [first, second, ...late] = clients as [Peer, Peer, ...Peer[]];
  assert.deepEqual(await Promise.all(late.map(({ ending }) => ending)), ['ECONNRESET', 'ECONNRESET', 'ECONNRESET']);
  await ambassador.counts(3, 'refused_clients_total', { reason: 'queue_timeout' });
  assert.deepEqual([first.ended, second.ended, backend.peers.length], [undefined, undefined, 2]);
});

onBothEngines('queue-length: one more is turned away at once', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: `${backend.address}?max=1&queue=60s&queue-length=2` });
  const clients = await clientsOf(t, ambassador.port, 3);
  await ambassador.counts(2, 'waiting');
  // the end may come before Node knows that it is connected
  const more = await dial(t, ambassador.port).then(
    ({ ending }) => ending,
    ({ code }) => code,
  );
  assert.equal(more, 'ECONNRESET');
  await ambassador.counts(1, 'refused_clients_total', { reason: 'queue_full' });
  assert.ok(clients.every(({ ended }) => ended === undefined));
});

onBothEngines('a client that leaves the queue takes no place', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: `${backend.address}?max=1&queue=60s` });
  const [first, leaving, last] = (await clientsOf(t, ambassador.port, 3)) as [Peer, Peer, Peer];
  await ambassador.counts(2, 'waiting');
  leaving.reset();
  await ambassador.counts(1, 'waiting');
  await ambassador.counts(1, 'left_total');
  first.reset();
  const peer = await backend.peer(1);
  await peer.receives(8);
  assert.equal(peer.received.toString(), 'client 2');
  await peer.send('served');
  await last.receives(6);
});

onBothEngines('lifetime: a connection that is busy is ended all the same', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const ambassador = await start({ to: `${backend.address}?lifetime=700ms` });
  const client = await dial(t, ambassador.port);
  const busy = setInterval(() => client.socket.write('busy '), 20);
  client.socket.on('close', () => clearInterval(busy));
  assert.equal(await client.ending, 'ECONNRESET');
  assert.ok(client.bytes > 0);
  await ambassador.counts(1, 'ended_total', { reason: 'lifetime' });
});

onBothEngines('idle: bytes of one direction keep a connection', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: `${backend.address}?idle=1500ms` });
  const client = await dial(t, ambassador.port);
  const peer = await backend.peer();
  for (let beat = 1; beat <= 35; beat += 1) {
    await pause(100);
    await peer.send('.');
  }
  await client.receives(35);
  assert.equal(client.ended, undefined);
  assert.equal(await client.ending, 'ECONNRESET');
  await ambassador.counts(1, 'ended_total', { reason: 'idle' });
});
