import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { codeOf } from '#shared/exit.ts';
import { errnoName, errnos } from '#shared/linux/errno.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { type SocketName, Sockets } from '#shared/linux/socket.ts';

const linux = needs('linux');

/** Sockets, and descriptors that are closed when the test ends. */
function world(t: TestContext) {
  const libc = openLibc();
  const sockets = new Sockets(libc);
  const mine = (fd: number) => {
    assert.ok(fd >= 0, errnoName(libc.errno()));
    atEnd(t, () => sockets.close(fd));
    return fd;
  };
  return { libc, sockets, mine };
}

/** Accepts one client, which a moment ago may not have been there. */
async function acceptOne(sockets: Sockets, fd: number): Promise<number> {
  let client = -1;
  await until('a client came', () => {
    client = sockets.accept(fd);
    return client >= 0;
  });
  return client;
}

for (const [address, family] of [
  ['127.0.0.1', 4],
  ['::1', 6],
] as const) {
  test(`a client of Node connects to ${address}, and both see the same addresses`, linux, async (t) => {
    const { sockets, mine } = world(t);
    const listening = mine(sockets.listen({ type: 'tcp', address, family, port: 0 }, 8));
    const name = sockets.localName(listening);
    assert.ok(name?.type === 'tcp' && name.port > 0);
    const client = connect(name.port, address);
    atEnd(t, () => client.destroy());
    const accepted = mine(await acceptOne(sockets, listening));
    await until('the client is connected', () => !client.connecting);
    const expected = { type: 'tcp', address, family, port: client.localPort };
    assert.deepEqual(sockets.accepted(), expected);
    assert.equal(sockets.acceptedTcp(), true);
    assert.deepEqual(sockets.peerName(accepted), expected);
    assert.deepEqual(sockets.localName(accepted), { type: 'tcp', address, family, port: name.port });
  });
}

test('a client of IPv4 at an address of both families has an address of IPv4', linux, async (t) => {
  const { sockets, mine } = world(t);
  const listening = mine(sockets.listen({ type: 'tcp', address: '::', family: 6, port: 0 }, 8));
  const name = sockets.localName(listening);
  assert.ok(name?.type === 'tcp');
  const client = connect(name.port, '127.0.0.1');
  atEnd(t, () => client.destroy());
  mine(await acceptOne(sockets, listening));
  assert.deepEqual(sockets.accepted(), { type: 'tcp', address: '127.0.0.1', family: 4, port: client.localPort });
});

test('clients of one address have one hash, and others have others', linux, async (t) => {
  const { sockets, mine } = world(t);
  const listening = mine(sockets.listen({ type: 'tcp', address: '127.0.0.1', family: 4, port: 0 }, 8));
  const name = sockets.localName(listening);
  assert.ok(name?.type === 'tcp');
  const hashes: number[] = [];
  for (const localAddress of ['127.0.0.1', '127.0.0.1', '127.0.0.2']) {
    const client = connect({ port: name.port, host: '127.0.0.1', localAddress });
    atEnd(t, () => client.destroy());
    mine(await acceptOne(sockets, listening));
    hashes.push(sockets.acceptedHash());
  }
  assert.equal(hashes[0], hashes[1]);
  assert.notEqual(hashes[0], hashes[2]);
});

test('a Unix socket is listened on and connected to', linux, async (t) => {
  const { sockets, mine } = world(t);
  const path = join(temporaryFolder(t), 'socket');
  const listening = mine(sockets.listen({ type: 'unix', path }, 8));
  const name: SocketName = { type: 'unix', path };
  const client = mine(sockets.open(name));
  assert.equal(sockets.connect(client, name), 0);
  const accepted = mine(await acceptOne(sockets, listening));
  assert.equal(sockets.acceptedTcp(), false);
  assert.equal(sockets.acceptedHash(), 0);
  assert.deepEqual(sockets.accepted(), { type: 'unix', path: '' });
  assert.deepEqual(sockets.localName(accepted), name);
});

test('an address that is taken is told by its code', linux, (t) => {
  const { sockets, mine } = world(t);
  const listening = mine(sockets.listen({ type: 'tcp', address: '127.0.0.1', family: 4, port: 0 }, 8));
  const name = sockets.localName(listening);
  assert.ok(name);
  assert.throws(
    () => sockets.listen(name, 8),
    (error) => codeOf(error) === 'EADDRINUSE',
  );
});

test('a path that is too long for a Unix socket is refused with its limit', linux, (t) => {
  const { sockets } = world(t);
  assert.throws(() => sockets.listen({ type: 'unix', path: `/${'x'.repeat(107)}` }, 8), /at most 107 bytes/);
});

test('a refused connect leaves its error with the socket', linux, async (t) => {
  const { sockets, mine } = world(t);
  const listening = sockets.listen({ type: 'tcp', address: '127.0.0.1', family: 4, port: 0 }, 8);
  const name = sockets.localName(listening);
  sockets.close(listening);
  assert.ok(name);
  const client = mine(sockets.open(name));
  const errno = sockets.connect(client, name) || sockets.error(client);
  assert.equal(errnoName(errno), 'ECONNREFUSED');
  assert.equal(sockets.error(client), 0);
});

test('a missing Unix socket is refused at once', linux, (t) => {
  const { sockets, mine } = world(t);
  const name: SocketName = { type: 'unix', path: join(temporaryFolder(t), 'nobody') };
  assert.equal(sockets.connect(mine(sockets.open(name)), name), errnos.ENOENT);
});

test('a close is a FIN, a reset is a reset, and first bytes arrive before either', linux, async (t) => {
  const { sockets } = world(t);
  const server = createServer();
  atEnd(t, () => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  for (const how of ['close', 'reset'] as const) {
    const name: SocketName = { type: 'tcp', address: '127.0.0.1', family: 4, port: portOf(server) };
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const fd = sockets.open(name);
    assert.equal(sockets.connect(fd, name), 0);
    const peer = await accepted;
    const ended = new Promise<string>((resolve) => {
      peer.once('end', () => resolve('end'));
      peer.once('error', (error) => resolve(String(codeOf(error))));
    });
    let text = '';
    peer.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    assert.equal(sockets.sendFirst(fd, Buffer.from('PROXY UNKNOWN\r\n')), true);
    await until('the bytes are there', () => text === 'PROXY UNKNOWN\r\n');
    sockets[how](fd);
    assert.equal(await ended, how === 'close' ? 'end' : 'ECONNRESET');
    peer.destroy();
  }
});

function portOf(server: Server): number {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}
