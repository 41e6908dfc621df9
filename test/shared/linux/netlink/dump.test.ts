import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { codeOf } from '#shared/exit.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { Dump, dumpAll } from '#shared/linux/netlink/dump.ts';
import { attributes, headerSize, NETLINK, NLM_F, type Received, request } from '#shared/linux/netlink/message.ts';
import { type NetlinkOptions, NetlinkSocket } from '#shared/linux/netlink/socket.ts';

const linux = needs('linux');
const RTM_GETLINK = 18;
const SOCK_DIAG_BY_FAMILY = 20;

function open(t: TestContext, protocol: number, options?: NetlinkOptions): NetlinkSocket {
  const socket = new NetlinkSocket(openLibc(), protocol, options);
  atEnd(t, () => socket.close());
  return socket;
}

/** Asks for the listening TCP sockets of IPv4: struct inet_diag_req_v2. */
function askListeners(): Uint8Array {
  const body = new Uint8Array(56);
  body.set([2, 6]);
  new DataView(body.buffer).setUint32(4, 1 << 10, true);
  return request(SOCK_DIAG_BY_FAMILY, NLM_F.DUMP, body);
}

/** The local port of a struct inet_diag_msg. */
const portOf = ({ bytes }: Received, from: number) => ((bytes[from + 4] ?? 0) << 8) | (bytes[from + 5] ?? 0);

async function listen(t: TestContext): Promise<Server> {
  const server = createServer((socket) => socket.resume().end()).listen(0, '127.0.0.1');
  atEnd(t, () => server.close());
  await once(server, 'listening');
  return server;
}

const portOfServer = (server: Server) => (server.address() as AddressInfo).port;

test('a dump has every interface of the machine', linux, (t) => {
  const names = dumpAll(open(t, NETLINK.ROUTE), request(RTM_GETLINK, NLM_F.DUMP, new Uint8Array(16)), (received, from, end) => {
    let name = '';
    attributes(received, from + 16, end, (type, at, to) => {
      if (type === 3) name = Buffer.from(received.bytes.subarray(at, to - 1)).toString();
    });
    return name;
  });
  for (const name of Object.keys(networkInterfaces())) assert.ok(names.includes(name), `${name} is missing from ${names}`);
  assert.equal(new Set(names).size, names.length);
});

test('a dump of many pieces has all that there is, once', linux, async (t) => {
  const servers = await Promise.all(Array.from({ length: 400 }, () => listen(t)));
  const socket = open(t, NETLINK.SOCK_DIAG);
  const dump = new Dump(socket, askListeners());
  const ports: number[] = [];
  let pieces = 1;
  while (dump.next((received, from) => ports.push(portOf(received, from)))) pieces += 1;
  assert.ok(pieces > 3, `only ${pieces} pieces`);
  assert.equal(dump.interrupted, false);
  const ours = new Set(servers.map(portOfServer));
  assert.equal(ports.filter((port) => ours.has(port)).length, servers.length);
  assert.equal(socket.receive(), 0);
});

test('what the kernel refuses is told by its code, and the socket serves on', linux, (t) => {
  const route = open(t, NETLINK.ROUTE);
  const diag = open(t, NETLINK.SOCK_DIAG);
  const refused = (socket: NetlinkSocket, type: number, body: Uint8Array, code: string) =>
    assert.throws(
      () => dumpAll(socket, request(type, NLM_F.DUMP, body), () => undefined),
      (error) => codeOf(error) === code,
      code,
    );
  refused(route, 255, new Uint8Array(16), 'ENOTSUP');
  refused(diag, SOCK_DIAG_BY_FAMILY, new Uint8Array(0), 'EINVAL');
  // no such family has sockets that can be asked for
  refused(diag, SOCK_DIAG_BY_FAMILY, Uint8Array.of(99, 6, 0, 0), 'EINVAL');
  assert.ok(dumpAll(route, request(RTM_GETLINK, NLM_F.DUMP, new Uint8Array(16)), () => 1).length > 0);
  dumpAll(diag, askListeners(), () => undefined);
});

test('a dump that goes on occupies its socket, and that is told', linux, (t) => {
  const socket = open(t, NETLINK.SOCK_DIAG);
  new Dump(socket, askListeners());
  const second = new Dump(socket, askListeners());
  assert.throws(
    () => {
      while (second.next(() => {}));
    },
    (error) => codeOf(error) === 'EBUSY',
  );
});

test('a dump past its end does not wait', linux, (t) => {
  const socket = open(t, NETLINK.SOCK_DIAG);
  const dump = new Dump(socket, askListeners());
  while (dump.next(() => {}));
  assert.throws(() => dump.next(() => {}), /ended before its end/);
});

test('what answers an earlier request is no part of a later one', linux, async (t) => {
  const server = await listen(t);
  const socket = open(t, NETLINK.SOCK_DIAG);
  // its first piece, and the end of it, are left unread
  socket.send(askListeners());
  assert.ok(socket.receive() > 0);
  const found = dumpAll(socket, askListeners(), portOf);
  assert.equal(found.filter((port) => port === portOfServer(server)).length, 1);
});

test('a protocol that does not exist is told', linux, () =>
  assert.throws(
    () => new NetlinkSocket(openLibc(), 31),
    (error) => codeOf(error) === 'EPROTONOSUPPORT',
  ),
);

test('nothing to read is no error, and a closed socket is closed once', linux, () => {
  const socket = new NetlinkSocket(openLibc(), NETLINK.ROUTE);
  assert.equal(socket.receive(), 0);
  socket.close();
  socket.close();
  assert.throws(
    () => socket.receive(),
    (error) => codeOf(error) === 'EBADF',
  );
});

test('sockets that come and go leave neither descriptors nor memory', linux, () => {
  const libc = openLibc();
  const rounds = (count: number) => {
    for (let round = 0; round < count; round += 1) {
      const sockets = [NETLINK.ROUTE, NETLINK.SOCK_DIAG].map((protocol) => new NetlinkSocket(libc, protocol));
      assert.notEqual(sockets[0]?.received.bytes.buffer, sockets[1]?.received.bytes.buffer);
      for (const socket of sockets) socket.close();
    }
  };
  rounds(1);
  const before = [readdirSync('/proc/self/fd').length, mappings()];
  rounds(500);
  assert.equal(readdirSync('/proc/self/fd').length, before[0]);
  assert.ok(mappings() - (before[1] ?? 0) < 100);
});

function mappings(): number {
  return readdirSync('/proc/self/map_files').length;
}

test('events that were not read in time are lost aloud, and those after them come', linux, async (t) => {
  // SKNLGRP_INET_TCP_DESTROY: each connection that ends; the kernel makes the least it can of such a buffer
  const socket = open(t, NETLINK.SOCK_DIAG, { groups: 1, receiveBuffer: 1 });
  const server = await listen(t);
  const end = async () => {
    const client = connect(portOfServer(server), '127.0.0.1').resume();
    await once(client, 'close');
  };
  const drain = () => {
    let [read, lost] = [0, 0];
    for (;;) {
      try {
        if (socket.receive() === 0) return { read, lost };
        read += 1;
      } catch (error) {
        assert.equal(codeOf(error), 'ENOBUFS');
        lost += 1;
      }
    }
  };
  // the kernel tells of them a little later, by a thread of its own
  await until('some are lost', async () => {
    for (let count = 0; count < 40; count += 1) await end();
    return drain().lost > 0;
  });
  let later = 0;
  await until('an event comes again', async () => {
    await end();
    later += drain().read;
    return later > 0;
  });
});

test('events that are read in time tell of each connection that ended', linux, async (t) => {
  const socket = open(t, NETLINK.SOCK_DIAG, { groups: 1, receiveBuffer: 4 << 20 });
  const server = await listen(t);
  const port = portOfServer(server);
  let told = 0;
  const read = () => {
    while (socket.receive() > 0) {
      const ports = [portOf(socket.received, headerSize), peerPort(socket.received)];
      if (socket.received.bytes[headerSize] === 2 && ports.includes(port)) told += 1;
    }
  };
  for (let count = 0; count < 40; count += 1) {
    await once(connect(port, '127.0.0.1').resume(), 'close');
    read();
  }
  await until('each connection was told of', () => {
    read();
    return told >= 40;
  });
});

/** The remote port of a struct inet_diag_msg behind the header. */
function peerPort({ bytes }: Received): number {
  return ((bytes[headerSize + 6] ?? 0) << 8) | (bytes[headerSize + 7] ?? 0);
}
