import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import { Authority } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { dial, echo, Peer, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { joinWithFaults } from '../../../../sidecars/ambassador/faults/join.ts';
import { RouteFaults } from '../../../../sidecars/ambassador/faults/route-faults.ts';
import { Account, toxic } from './way.ts';

/** Joins an accepted client with a new connection to a backend. */
async function joinTo(backend: TcpServer, client: Socket, faults: RouteFaults, account = new Account()): Promise<Account> {
  const onward = connect({ host: '127.0.0.1', port: backend.port, allowHalfOpen: true });
  onward.pause();
  await once(onward, 'connect');
  joinWithFaults(client, onward, faults, account);
  return account;
}

test('bytes that were put back before the join go first, and through the toxics', async (t) => {
  const backend = await TcpServer.listen(t, echo);
  const faults = new RouteFaults();
  faults.set([toxic('latency', { latency: 100, jitter: 0 }, 'upstream')]);
  const began = performance.now();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    client.unshift(Buffer.from('put back, '));
    void joinTo(backend, client, faults);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => server.close());
  const client = await dial(t, (server.address() as AddressInfo).port);
  client.socket.end('sent');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'put back, sent');
  assert.ok(performance.now() - began >= 100);
});

test('a client whose TLS is ended here: 5 MB there and back through toxics, and both ends', needs('openssl'), async (t) => {
  const { cert, key } = new Authority(t).issue('server');
  const backend = await TcpServer.listen(t, echo);
  const faults = new RouteFaults();
  faults.set([
    toxic('latency', { latency: 20, jitter: 5 }, 'upstream'),
    toxic('slicer', { average_size: 5000, size_variation: 4000, delay: 10 }),
  ]);
  const account = new Account();
  const server = createTlsServer(
    { cert: readFileSync(cert), key: readFileSync(key), allowHalfOpen: true, pauseOnConnect: true },
    (client) => void joinTo(backend, client, faults, account),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => server.close());
  const { port } = server.address() as AddressInfo;
  // allowHalfOpen is Node's own, and missing in its types
  const options = { port, host: '127.0.0.1', rejectUnauthorized: false, allowHalfOpen: true };
  const socket = connectTls(options);
  atEnd(t, () => socket.destroy());
  const client = new Peer(socket);
  const bytes = Buffer.alloc(5_000_000, 'there and back; ');
  socket.end(bytes);
  assert.equal(await client.ending, 'FIN');
  assert.ok(client.received.equals(bytes), `${client.bytes} bytes came`);
  await until('it is over', () => account.ends.length > 0);
  assert.deepEqual(account.ends, ['closed']);
});

test('Unix sockets on both sides: bytes and ends, and a reset that is a close', async (t) => {
  const folder = temporaryFolder(t);
  const [front, behind] = [join(folder, 'front'), join(folder, 'behind')];
  const backend = await TcpServer.listen(t, echo, { path: behind });
  const faults = new RouteFaults();
  faults.set([toxic('latency', { latency: 20, jitter: 0 })]);
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    const onward = connect({ path: behind, allowHalfOpen: true });
    onward.pause();
    onward.once('connect', () => joinWithFaults(client, onward, faults, new Account()));
  });
  server.listen(front);
  await once(server, 'listening');
  atEnd(t, () => server.close());
  const client = await dial(t, { path: front });
  client.socket.end('there and back');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'there and back');

  faults.set([toxic('reset_peer', { timeout: 0 })]);
  const next = await dial(t, { path: front });
  await next.send('x');
  await until(
    'both sides are closed',
    () => next.ended !== undefined && backend.connected.every(({ ended }) => ended !== undefined),
  );
  assert.equal(next.bytes, 0);
});
