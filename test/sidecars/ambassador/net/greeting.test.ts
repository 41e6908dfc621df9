// What clients show before their own bytes: PROXY headers, TLS, server names.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { connect as tlsConnect, createServer as tlsServer } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import { Authority } from '#harness/certificates.ts';
import { needs } from '#harness/needs.ts';
import { dial, echo, Peer, says, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { endpointOf, Scene } from './scene.ts';

const openssl = needs('openssl');

function dialTls(t: TestContext, port: number, ca: string, servername: string): Peer {
  const socket = tlsConnect({ port, host: '127.0.0.1', servername, ca: readFileSync(ca), allowHalfOpen: true } as never);
  atEnd(t, () => socket.destroy());
  return new Peer(socket);
}

test('proxy-in: who the client is goes on to the backend, and none of the header', async (t) => {
  const scene = new Scene(t);
  const backend = await TcpServer.listen(t);
  const { port, route } = await scene.serve({ proxyIn: true, proxyOut: 'v1' }, backend);
  const client = await dial(t, port);
  client.socket.end('PROXY TCP4 192.0.2.7 192.0.2.8 4711 80\r\nhello');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'PROXY TCP4 192.0.2.7 192.0.2.8 4711 80\r\nhello');
  assert.equal(scene.backend('bytesUp'), 5);
  await until('it is over', () => scene.count(route, 'clients') === 0);
  assert.equal(scene.count(route, 'accepted'), 1);
});

test('proxy-in: the address in the header decides where balance is by source', async (t) => {
  const scene = new Scene(t);
  const backends = await Promise.all(Array.from({ length: 4 }, () => TcpServer.listen(t, silent)));
  const { port } = await scene.serve({ proxyIn: true, balance: 'source' }, ...backends);
  for (let round = 0; round < 3; round += 1)
    for (let host = 0; host < 16; host += 1) {
      const client = await dial(t, port);
      await client.send(`PROXY TCP4 192.0.2.${host} 192.0.2.200 4711 80\r\n192.0.2.${host}`);
    }
  await until(
    'all came',
    () => backends.reduce((sum, { peers }) => sum + peers.filter(({ bytes }) => bytes > 8).length, 0) === 48,
  );
  const met = backends.map(({ peers }) => new Set(peers.map(({ received }) => received.toString())));
  assert.equal(
    met.reduce((sum, hosts) => sum + hosts.size, 0),
    16,
  );
  assert.ok(met.filter((hosts) => hosts.size > 0).length > 1);
});

test('proxy-in: no header, a slow one, and a client that leaves are counted, and end with a reset', async (t) => {
  const scene = new Scene(t);
  const { port, route } = await scene.serve({ proxyIn: true, headerTimeout: 200 }, await TcpServer.listen(t));
  const [wrong, slow, leaving] = [await dial(t, port), await dial(t, port), await dial(t, port)];
  await wrong.send('GET / HTTP/1.1\r\n\r\n');
  await slow.send('PROXY TCP4 ');
  await until('they are here', () => scene.count(route, 'clients') >= 2);
  leaving.socket.destroy();
  assert.deepEqual([await wrong.ending, await slow.ending], ['ECONNRESET', 'ECONNRESET']);
  assert.equal(scene.count(route, 'badHeader'), 1);
  assert.equal(scene.count(route, 'headerTimeout'), 1);
  assert.equal(scene.count(route, 'left'), 1);
  assert.equal(scene.count(route, 'accepted'), 3);
  assert.equal(scene.count(route, 'clients'), 0);
  assert.equal(scene.backend('connections'), 0);
});

test('TLS towards clients and backends: half-close both ways, and a reset as a reset', openssl, async (t) => {
  const authority = new Authority(t);
  const { cert, key } = authority.issue('localhost');
  const peers: Peer[] = [];
  const backend = tlsServer({ cert: readFileSync(cert), key: readFileSync(key), allowHalfOpen: true } as never, (socket) =>
    peers.push(new Peer(socket)),
  );
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => backend.close());
  const scene = new Scene(t);
  const options = { tlsCert: cert, tlsKey: key, tlsOut: true, tlsOutCa: authority.ca };
  const { port } = await scene.serve(options, backend.address() as { port: number });

  const client = dialTls(t, port, authority.ca, 'localhost');
  client.socket.end('a request');
  await until('the backend has it', () => peers[0]?.ended !== undefined);
  assert.equal(peers[0]?.received.toString(), 'a request');
  const answer = Buffer.alloc(2_000_000, 'an answer ');
  peers[0]?.socket.end(answer);
  assert.equal(await client.ending, 'FIN');
  assert.ok(client.received.equals(answer));
  assert.equal(scene.backend('bytesDown'), answer.length);
  await until('it is over', () => scene.backend('active') === 0);

  const other = dialTls(t, port, authority.ca, 'localhost');
  await other.send('hello');
  await until('the backend has it', () => peers[1]?.bytes === 5);
  await scene.engine.destroy();
  assert.equal(await other.ending, 'ECONNRESET');
  assert.equal(await peers[1]?.ending, 'ECONNRESET');
});

test('a backend whose certificate is not trusted: tlsFailed, and the next one', openssl, async (t) => {
  const [trusted, other] = [new Authority(t, 'trusted'), new Authority(t, 'other')];
  const listening = await Promise.all(
    [other, trusted].map(async (authority) => {
      const { cert, key } = authority.issue('localhost');
      const server = tlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => socket.end('trusted'));
      server.on('tlsClientError', () => {});
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      atEnd(t, () => server.close());
      return server.address() as { port: number };
    }),
  );
  const scene = new Scene(t);
  const { port, route } = await scene.serve({ tlsOut: true, tlsOutCa: trusted.ca, balance: 'round-robin' }, ...listening);
  const client = await dial(t, port);
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'trusted');
  assert.equal(scene.backend('tlsFailed', 0), 1);
  assert.equal(scene.count(route, 'retries'), 1);
});

test('server names: an exact one before a pattern, a route for all others, and none', openssl, async (t) => {
  const authority = new Authority(t);
  const { cert, key } = authority.issue('several', { hosts: ['a.example', 'b.example', 'other.test'] });
  const tls = { tlsCert: cert, tlsKey: key };
  const scene = new Scene(t);
  const backends = await Promise.all(['exact', 'pattern', 'others'].map((word) => TcpServer.listen(t, says(word))));
  const [exact, pattern, others] = backends.map(endpointOf) as [never, never, never];
  const routes = [
    scene.route('pattern', { ...tls, sni: '*.example' }, pattern),
    scene.route('exact', { ...tls, sni: 'a.example' }, exact),
    scene.route('others', tls, others),
  ] as const;
  const { port, ...listener } = await scene.listen(...routes);
  for (const [name, word] of [
    ['a.example', 'exact'],
    ['b.example', 'pattern'],
    ['other.test', 'others'],
  ] as const) {
    const client = dialTls(t, port, authority.ca, name);
    assert.equal(await client.ending, 'FIN');
    assert.equal(client.received.toString(), word);
  }
  await scene.engine.listen({ ...listener, routes: routes.slice(0, 2) });
  const lost = dialTls(t, port, authority.ca, 'other.test');
  assert.notEqual(await lost.ending, 'FIN');
  assert.equal(scene.count(routes[0], 'noRoute'), 1);
});

test('a file of TLS that is missing: nothing is listened for, and what was there stays', openssl, async (t) => {
  const scene = new Scene(t);
  const { route, port } = await scene.serve({}, await TcpServer.listen(t, echo));
  const wrong = scene.route('wrong', { tlsCert: '/nonexistent.pem' });
  await assert.rejects(scene.listen(wrong), /nonexistent\.pem cannot be read/);
  const listener = { key: `127.0.0.1:${port}`, address: { type: 'tcp', host: '127.0.0.1', port }, routes: [wrong] } as const;
  await assert.rejects(scene.engine.listen(listener), /nonexistent\.pem cannot be read/);
  const client = await dial(t, port);
  client.socket.end('as before');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'as before');
  assert.equal(scene.count(route, 'accepted'), 1);
});
