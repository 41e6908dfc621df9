import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, Socket, type SocketConstructorOpts } from 'node:net';
import { test } from 'node:test';
import { dial } from '#harness/tcp.ts';
import { acceptRaw, type RawConnection } from '../../../../sidecars/ambassador/engines/net/accept.ts';
import { Descriptors } from '../../../../sidecars/ambassador/engines/net/descriptors.ts';

test('a server gives what it accepts without a socket of Node, and the pinned Node has its shape', async (t) => {
  const server = createServer();
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { promise, resolve, reject } = Promise.withResolvers<RawConnection>();
  server.on('connection', () => reject(new Error('Node made a socket')));
  assert.equal(acceptRaw(server, resolve, reject), true);
  const client = await dial(t, (server.address() as AddressInfo).port);
  await client.send('hello');
  const raw = await promise;
  assert.ok(raw.fd > 2);
  const socket = new Socket({ handle: raw } as unknown as SocketConstructorOpts);
  assert.equal(String((await once(socket, 'data'))[0]), 'hello');
  socket.destroy();
});

test('a server that does not have the shape is left as it is', () => {
  const server = createServer();
  assert.equal(
    acceptRaw(
      server,
      () => assert.fail(),
      () => assert.fail(),
    ),
    false,
  );
  const other = Object.assign(createServer(), { _handle: { onconnection: undefined } });
  assert.equal(
    acceptRaw(
      other,
      () => assert.fail(),
      () => assert.fail(),
    ),
    false,
  );
});

test('descriptors: backends stop before clients do, and clients before all are taken', () => {
  let own = 20;
  let used = 0;
  const descriptors = new Descriptors(100, () => own + used);
  const most = (may: (used: number) => boolean) => {
    used = 25;
    for (; used < 200; used += 1) if (!may(used)) return used;
    return undefined;
  };
  assert.equal(
    most((count) => descriptors.forBackend(count)),
    64,
  );
  assert.equal(
    most((count) => descriptors.forClient(count)),
    72,
  );
  own = 0;
  assert.equal(
    most((count) => new Descriptors(100, () => own + count).forBackend(count)),
    84,
  );
});
