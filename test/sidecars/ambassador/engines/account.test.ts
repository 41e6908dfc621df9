// What is counted, and what is sent before the first byte.
import assert from 'node:assert/strict';
import { freePort } from '#harness/free-port.ts';
import { dial, silent, TcpServer } from '#harness/tcp.ts';
import { onBothEngines } from './both.ts';

onBothEngines('bytes are counted exactly, each way and for each backend', async (t, start) => {
  const backends = [await TcpServer.listen(t, silent), await TcpServer.listen(t, silent)] as const;
  const ambassador = await start({ to: `${backends.map(({ address }) => address).join()}?balance=round-robin&name=counted` });
  const sizes = [
    [1, 3_000_001],
    [1_234_567, 0],
  ] as const;
  for (const [index, [up, down]] of sizes.entries()) {
    const client = await dial(t, ambassador.port);
    client.socket.end(Buffer.alloc(up));
    const peer = await (backends[index] as TcpServer).peer();
    peer.socket.end(Buffer.alloc(down));
    assert.deepEqual([await peer.ending, await client.ending], ['FIN', 'FIN']);
    assert.deepEqual([peer.bytes, client.bytes], [up, down]);
    const backend = backends[index]?.address as string;
    await ambassador.counts(up, 'bytes_total', { route: 'counted', backend, direction: 'up' });
    await ambassador.counts(down, 'bytes_total', { route: 'counted', backend, direction: 'down' });
  }
  await ambassador.counts(2, 'accepted_total', { route: 'counted' });
  await ambassador.counts(2, 'connections_total', { route: 'counted' });
  await ambassador.counts(0, 'active_connections', { route: 'counted' });
  await ambassador.counts(0, 'clients', { route: 'counted' });
  await ambassador.counts(0, 'ended_total');
});

onBothEngines('bytes of a connection that is still open are counted', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const ambassador = await start({ to: backend.address });
  const client = await dial(t, ambassador.port);
  await client.send('not yet over');
  await client.receives(12);
  await ambassador.counts(12, 'bytes_total', { direction: 'up' });
  await ambassador.counts(12, 'bytes_total', { direction: 'down' });
  await ambassador.counts(1, 'active_connections');
});

onBothEngines('proxy-out v1: the backend is told who came', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const { port } = await start({ to: `${backend.address}?proxy-out=v1` });
  const client = await dial(t, { host: '127.0.0.1', port, localAddress: '127.0.0.77' });
  const { localPort } = client.socket;
  client.socket.end('then the request');
  const peer = await backend.peer();
  assert.equal(await peer.ending, 'FIN');
  const header = `PROXY TCP4 127.0.0.77 127.0.0.1 ${localPort} ${port}\r\n`;
  assert.equal(peer.received.toString('latin1'), `${header}then the request`);
});

onBothEngines('proxy-out v2: the backend is told who came', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const { port } = await start({ to: `${backend.address}?proxy-out=v2` });
  const client = await dial(t, { host: '127.0.0.1', port, localAddress: '127.0.0.77' });
  const { localPort } = client.socket;
  client.socket.end('then the request');
  const peer = await backend.peer();
  assert.equal(await peer.ending, 'FIN');
  const { received } = peer;
  // signature, version 2 and PROXY, TCP over IPv4, length (proxy-protocol.txt, 2.2)
  assert.equal(received.subarray(0, 14).toString('hex'), '0d0a0d0a000d0a515549540a2111');
  const length = received.readUInt16BE(14);
  const ends = received.subarray(16, 28);
  assert.deepEqual([...ends.subarray(0, 8)], [127, 0, 0, 77, 127, 0, 0, 1]);
  assert.deepEqual([ends.readUInt16BE(8), ends.readUInt16BE(10)], [localPort, port]);
  assert.equal(received.subarray(16 + length).toString(), 'then the request');
});

onBothEngines('proxy-out to a backend that speaks first', async (t, start) => {
  const backend = await TcpServer.listen(t, ({ socket }) => void socket.write('220 ready'));
  const { port } = await start({ to: `${backend.address}?proxy-out=v1` });
  const client = await dial(t, port);
  assert.equal((await client.receives(9)).toString(), '220 ready');
  const peer = await backend.peer();
  await peer.receives(20);
  assert.match(peer.received.toString(), /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n$/);
});

onBothEngines('the header of proxy-out is in no account', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: `${backend.address}?proxy-out=v2` });
  const client = await dial(t, ambassador.port);
  await client.send('12345');
  await (await backend.peer()).receives(28 + 5);
  await ambassador.counts(5, 'bytes_total', { direction: 'up' });
});

onBothEngines('proxy-in: a header is taken off, and the client in it is told on by proxy-out', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: `${backend.address}?proxy-in=on&proxy-out=v1` });
  const client = await dial(t, ambassador.port);
  client.socket.end('PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r\nthen the request');
  const peer = await backend.peer();
  assert.equal(await peer.ending, 'FIN');
  assert.equal(peer.received.toString(), 'PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r\nthen the request');
  const without = await dial(t, ambassador.port);
  without.socket.write('GET / HTTP/1.1\r\n\r\n');
  assert.equal(await without.ending, 'ECONNRESET');
  await ambassador.counts(1, 'refused_clients_total', { reason: 'bad_header' });
});

onBothEngines('a client that is slow with its PROXY header is cut off; one that is done is not', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const ambassador = await start({ to: `${backend.address}?proxy-in=on&header-timeout=500ms` });
  const done = await dial(t, ambassador.port);
  await done.send('PROXY UNKNOWN\r\nhello');
  await done.receives(5);
  const [mute, slow] = [await dial(t, ambassador.port), await dial(t, ambassador.port)];
  await slow.send('PROXY TCP4 192.0.2.1 ');
  assert.deepEqual([await mute.ending, await slow.ending], ['ECONNRESET', 'ECONNRESET']);
  await ambassador.counts(2, 'refused_clients_total', { reason: 'header_timeout' });
  await done.send(' again');
  await done.receives(11);
  assert.equal(backend.peers.length, 1);
});

onBothEngines('a client that is slow with its server name is cut off', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const port = await freePort();
  const ambassador = await start({ routes: [`${port}=${backend.address}?sni=example.org&header-timeout=500ms`] });
  const client = await dial(t, port);
  // the head of a TLS record and nothing of the ClientHello in it
  await client.send(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
  assert.equal(await client.ending, 'ECONNRESET');
  await ambassador.counts(1, 'refused_clients_total', { reason: 'header_timeout' });
  assert.equal(backend.peers.length, 0);
});
