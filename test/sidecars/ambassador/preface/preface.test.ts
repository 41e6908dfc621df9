import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import { Authority } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import { PrefaceFailure, readPreface, type Wanted } from '../../../../sidecars/ambassador/preface/preface.ts';
import { type Ends, encode } from '../../../../sidecars/ambassador/preface/proxy-protocol.ts';
import { helloFor, message, records } from './hello.ts';

const proxy: Wanted = { proxy: true, serverName: false };
const serverName: Wanted = { proxy: false, serverName: true };
const both: Wanted = { proxy: true, serverName: true };
const long = 60_000;

const ends: Ends = {
  source: { type: 'tcp', address: '192.0.2.1', port: 4711 },
  destination: { type: 'tcp', address: '198.51.100.7', port: 443 },
};

/** A client and the socket that was accepted of it, which nobody reads. */
async function pair(t: TestContext, path?: string): Promise<{ client: Socket; accepted: Socket }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  const where = path === undefined ? { port: (server.address() as AddressInfo).port, host: '127.0.0.1' } : { path };
  const client = connect({ ...where, allowHalfOpen: true, noDelay: true });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  for (const socket of [client, accepted]) socket.on('error', () => {});
  atEnd(t, () => {
    for (const socket of [client, accepted]) socket.destroy();
    server.close();
  });
  return { client, accepted };
}

/** All that comes until the other side ends. */
async function rest(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  if (!socket.readableEnded) await once(socket, 'end');
  return Buffer.concat(chunks);
}

/** Sends pieces, each one as a segment of its own that arrived before the next is sent. */
async function sendApart(client: Socket, accepted: Socket, bytes: Buffer, size: () => number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const piece = bytes.subarray(at, at + size());
    at += piece.length;
    client.write(piece);
    const before = at;
    await until(`${before} bytes arrived`, () => accepted.bytesRead >= before);
  }
}

const listeners = (socket: Socket) => Object.fromEntries(socket.eventNames().map((name) => [name, socket.listenerCount(name)]));

const reasonOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => assert.fail('it was read'),
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof PrefaceFailure, String(error));
  assert.notEqual(error.message, '');
  return error.reason;
};

describe('readPreface', () => {
  const payload = Buffer.from('GET / HTTP/1.1\r\n\r\n');

  for (const version of ['v1', 'v2'] as const) {
    test(`a header of ${version} and its payload at once, with the FIN behind`, async (t) => {
      const { client, accepted } = await pair(t);
      client.end(Buffer.concat([encode(version, ends), payload]));
      assert.deepEqual(await readPreface(accepted, proxy, long), ends);
      assert.deepEqual(await rest(accepted), payload);
    });

    test(`a header of ${version} in random pieces`, async (t) => {
      const { below } = seeded(t);
      const { client, accepted } = await pair(t);
      const found = readPreface(accepted, proxy, long);
      await sendApart(client, accepted, Buffer.concat([encode(version, ends), payload]), () => 1 + below(9));
      client.end();
      assert.deepEqual(await found, ends);
      assert.deepEqual(await rest(accepted), payload);
    });
  }

  test('a header and the FIN, without a byte of payload', async (t) => {
    const { client, accepted } = await pair(t);
    client.end(encode('v2', ends));
    assert.deepEqual(await readPreface(accepted, proxy, long), ends);
    assert.equal((await rest(accepted)).length, 0);
    accepted.end('answer');
    assert.equal((await rest(client)).toString(), 'answer');
  });

  test('a header that knows no addresses', async (t) => {
    const { client, accepted } = await pair(t);
    client.end(encode('v2'));
    assert.deepEqual(await readPreface(accepted, proxy, long), {});
  });

  test('over a Unix socket', async (t) => {
    const { client, accepted } = await pair(t, join(temporaryFolder(t), 'socket'));
    client.end(Buffer.concat([encode('v1', ends), payload]));
    assert.deepEqual(await readPreface(accepted, proxy, long), ends);
    assert.deepEqual(await rest(accepted), payload);
  });

  test('a server name, of which every byte stays', async (t) => {
    const { client, accepted } = await pair(t);
    const hello = helloFor('www.example.com');
    const found = readPreface(accepted, serverName, long);
    await sendApart(client, accepted, hello, () => 10);
    client.end('more');
    assert.deepEqual(await found, { serverName: 'www.example.com' });
    assert.deepEqual(await rest(accepted), Buffer.concat([hello, Buffer.from('more')]));
  });

  test('a server name behind a PROXY header, and then TLS is spoken to who asked', needs('openssl'), async (t) => {
    const authority = new Authority(t);
    const { cert, key } = authority.issue('server');
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => socket.pipe(socket));
    const { client, accepted } = await pair(t);
    client.write(encode('v1', ends));
    const secure = tlsConnect({ socket: client, servername: 'localhost', ca: readFileSync(authority.ca) });
    assert.deepEqual(await readPreface(accepted, both, long), { ...ends, serverName: 'localhost' });
    server.emit('connection', accepted);
    await once(secure, 'secureConnect');
    secure.end('hello');
    assert.equal((await rest(secure as TLSSocket)).toString(), 'hello');
  });

  test('5 MB behind the header, read later', async (t) => {
    const { client, accepted } = await pair(t);
    const large = Buffer.alloc(5_000_000, '0123456789abcdef!');
    client.end(Buffer.concat([encode('v2', ends), large]));
    await readPreface(accepted, proxy, long);
    await until('the sockets are full', () => accepted.readableLength >= accepted.readableHighWaterMark);
    assert.ok(accepted.readableLength < 1_000_000, `${accepted.readableLength} bytes were read ahead`);
    assert.ok((await rest(accepted)).equals(large));
  });

  test('the socket is as it was: paused, and without a listener of ours', async (t) => {
    const { client, accepted } = await pair(t);
    const before = listeners(accepted);
    client.write(Buffer.concat([encode('v2', ends), payload]));
    await readPreface(accepted, proxy, long);
    assert.deepEqual(listeners(accepted), before);
    assert.equal(accepted.readableFlowing, false);
    // A reader that stops at once is not started again behind its back.
    let read = 0;
    accepted.on('data', (chunk) => {
      read += chunk.length;
    });
    for (let turns = 0; turns < 5; turns++) await turn();
    assert.equal(read, 0);
    accepted.resume();
    await until('all is read', () => read === payload.length);
  });

  test('nothing is read where nothing is wanted', async (t) => {
    const { client, accepted } = await pair(t);
    client.end(payload);
    assert.deepEqual(await readPreface(accepted, { proxy: false, serverName: false }, long), {});
    assert.deepEqual(await rest(accepted), payload);
  });
});

describe('a preface that is not read', () => {
  const failing: readonly (readonly [name: string, wanted: Wanted, act: (client: Socket) => unknown, reason: string])[] = [
    ['no PROXY header', proxy, (client) => client.write('GET '), 'badHeader'],
    ['no TLS', serverName, (client) => client.write('GET '), 'badHeader'],
    ['no TLS behind the header', both, (client) => client.write(`${encode('v1', ends)}GET `), 'badHeader'],
    ['an endless line', proxy, (client) => client.write('PROXY '.padEnd(100_000, 'x')), 'badHeader'],
    ['an endless hello', serverName, (client) => client.write(records(message([Buffer.alloc(65_000)]), 1)), 'badHeader'],
    ['a FIN before the first byte', proxy, (client) => client.end(), 'left'],
    ['a FIN amid the header', proxy, (client) => client.end('PROXY TC'), 'left'],
    ['a FIN amid the hello', serverName, (client) => client.end(helloFor('a.example').subarray(0, 50)), 'left'],
    ['a RST before the first byte', proxy, (client) => client.resetAndDestroy(), 'left'],
    ['a RST amid the header', both, (client) => client.write('PROXY TC', () => client.resetAndDestroy()), 'left'],
  ];
  for (const [name, wanted, act, reason] of failing) {
    test(`${name}: ${reason}`, async (t) => {
      const { client, accepted } = await pair(t);
      const before = listeners(accepted);
      act(client);
      assert.equal(await reasonOf(readPreface(accepted, wanted, long)), reason);
      assert.deepEqual(listeners(accepted), before);
    });
  }

  test('a client that is silent, and one that sends a byte now and then, are cut at the time-out', async (t) => {
    for (const sends of [Buffer.alloc(0), encode('v1', ends)]) {
      const { client, accepted } = await pair(t);
      let at = 0;
      const slowly = setInterval(() => client.write(sends.subarray(at, ++at)), 30);
      assert.equal(await reasonOf(readPreface(accepted, both, 300)), 'headerTimeout');
      clearInterval(slowly);
      assert.equal(accepted.destroyed, false, 'the caller closes it');
    }
  });

  test('a socket that is gone already, or goes meanwhile', async (t) => {
    const { accepted } = await pair(t);
    const found = readPreface(accepted, proxy, long);
    accepted.destroy();
    assert.equal(await reasonOf(found), 'left');
    assert.equal(await reasonOf(readPreface(accepted, proxy, long)), 'left');
  });

  test('the signal ends it, before and meanwhile', async (t) => {
    const { accepted } = await pair(t);
    const controller = new AbortController();
    const before = listeners(accepted);
    const found = readPreface(accepted, proxy, long, controller.signal);
    controller.abort(new Error('stop'));
    await assert.rejects(found, /^Error: stop$/);
    await assert.rejects(readPreface(accepted, proxy, long, controller.signal), /^Error: stop$/);
    assert.deepEqual(listeners(accepted), before);
  });
});
