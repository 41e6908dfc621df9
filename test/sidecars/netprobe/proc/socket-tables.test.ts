import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { dial, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { TcpTable, UdpTable } from '../../../../sidecars/netprobe/proc/socket-tables.ts';
import { type SocketRecord, TCP, tcpStates } from '../../../../sidecars/netprobe/sockets/record.ts';
import { Network } from './network.ts';
import type { All } from './programs/read-all.ts';

/** What a test keeps of a record. */
type Kept = Omit<SocketRecord, 'local' | 'remote'> & { readonly local: readonly number[]; readonly remote: readonly number[] };

const keep = (record: SocketRecord): Kept => ({ ...record, local: [...record.local], remote: [...record.remote] });

/**
 * The sockets of a server, and those of its connections to a client, at both of their ends. Other tests may have connections of the
 * same port, so these are told by both.
 */
function socketsOf(table: TcpTable | UdpTable, server: number, client = 0): Kept[] {
  const found: Kept[] = [];
  table.all((record) => {
    const { localPort, remotePort } = record;
    const fits = localPort === server ? remotePort === client || remotePort === 0 : localPort === client && remotePort === server;
    if (fits) found.push(keep(record));
  });
  return found;
}

/** Inodes of the sockets that this process has open. */
function inodes(): Set<number> {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []).map(Number));
}

const loopback = 0x0100007f;

test('a listener, its connections and what waits in them', needs('linux'), async (t) => {
  const server = await TcpServer.listen(t, ({ socket }) => void socket.pause());
  const client = await dial(t, server.port);
  await client.send(Buffer.alloc(1000));
  const find = () => socketsOf(new TcpTable(), server.port, client.socket.localPort);
  await until('the bytes wait', () => find().some(({ receiveQueue }) => receiveQueue > 0));
  const sockets = find();
  assert.equal(sockets.length, 3);
  const [listener] = sockets.filter(({ state }) => state === TCP.LISTEN);
  assert.deepEqual(listener?.local, [loopback, 0, 0, 0]);
  assert.deepEqual([listener?.family, listener?.localPort, listener?.remotePort], [4, server.port, 0]);
  const [accepted] = sockets.filter(({ state, localPort }) => state === TCP.ESTABLISHED && localPort === server.port);
  assert.equal(accepted?.remotePort, client.socket.localPort);
  assert.equal(accepted?.receiveQueue, 1000);
  const open = inodes();
  for (const socket of sockets) {
    assert.equal(socket.uid, process.getuid?.());
    assert.ok(open.has(socket.inode), 'the inode is that of the descriptor');
    assert.deepEqual([socket.cookieLow, socket.cookieHigh], [socket.inode, 0]);
    assert.equal(socket.hasInfo, false);
  }
});

test('connections that wait to be accepted are the queue of their listener', needs('linux'), async (t) => {
  const server = await TcpServer.listen(t);
  const sockets: Socket[] = [];
  for (let i = 0; i < 3; i += 1) sockets.push(connect(server.port, '127.0.0.1'));
  atEnd(t, () => {
    for (const socket of sockets) socket.destroy();
  });
  // they connect at the end of this turn of the event loop, and are accepted in a later one
  await new Promise<void>((resolve) => process.nextTick(resolve));
  const listener = socketsOf(new TcpTable(), server.port).find(({ state }) => state === TCP.LISTEN);
  assert.deepEqual(server.peers, []);
  assert.equal(listener?.receiveQueue, 3);
});

test('IPv4 that comes in by an IPv6 socket is IPv4', needs('linux'), async (t) => {
  const server = await TcpServer.listen(t, silent, { host: '::' });
  const client = await dial(t, server.port);
  await server.peer();
  const sockets = socketsOf(new TcpTable(), server.port, client.socket.localPort);
  const [accepted] = sockets.filter(({ localPort, state }) => localPort === server.port && state === TCP.ESTABLISHED);
  assert.equal(accepted?.family, 4);
  assert.deepEqual(
    [accepted?.local, accepted?.remote],
    [
      [loopback, 0, 0, 0],
      [loopback, 0, 0, 0],
    ],
  );
  assert.equal(accepted?.remotePort, client.socket.localPort);
  const [listener] = sockets.filter(({ state }) => state === TCP.LISTEN);
  assert.deepEqual([listener?.family, listener?.local], [6, [0, 0, 0, 0]], 'it takes both');
});

test('IPv6 is told by its four words', needs('linux'), async (t) => {
  const server = await TcpServer.listen(t, silent, { host: '::1' });
  const client = await dial(t, { host: '::1', port: server.port });
  const sockets = socketsOf(new TcpTable(), server.port, client.socket.localPort);
  assert.equal(sockets.length, 3);
  for (const { family, local } of sockets) {
    assert.equal(family, 6);
    assert.deepEqual(local, [0, 0, 0, 0x0100_0000]);
  }
});

test('a connection in TIME_WAIT says how long it stays', needs('linux'), async (t) => {
  const server = await TcpServer.listen(t);
  const client = await dial(t, server.port);
  const port = client.socket.localPort;
  client.end();
  await client.ending;
  const find = () => socketsOf(new TcpTable(), server.port, port).find(({ state }) => state === TCP.TIME_WAIT);
  await until('it waits', () => find() !== undefined);
  const waiting = find();
  assert.deepEqual([waiting?.timer, waiting?.inode], [3, 0]);
  assert.ok((waiting?.expires ?? 0) > 50_000 && (waiting?.expires ?? 0) <= 60_000, `${waiting?.expires}`);
});

test('datagrams that found no room are drops', needs('linux'), async () => {
  const receiver = createSocket({ type: 'udp4', recvBufferSize: 4096 });
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address();
  // nothing is read in this turn of the event loop: a child sends meanwhile
  const send = `const s=require('dgram').createSocket('udp4');let n=100;const f=()=>n--?s.send(Buffer.alloc(1000),${port},'127.0.0.1',f):s.close();f()`;
  execFileSync(process.execPath, ['-e', send]);
  const [socket] = socketsOf(new UdpTable(), port);
  receiver.close();
  assert.equal(socket?.state, TCP.CLOSE, 'it has no peer');
  assert.ok((socket?.receiveQueue ?? 0) > 0);
  assert.ok((socket?.drops ?? 0) > 50 && (socket?.drops ?? 0) < 100, `${socket?.drops}`);
});

test('all sockets of a namespace are those of ss', needs('linux', 'root', 'ss'), async (t) => {
  const network = new Network(t, { ipv6: true });
  const holder = `
    const net = require('net');
    const server = net.createServer({ allowHalfOpen: true }, (s) => s.resume()).listen(7001, '::');
    net.createServer().listen(7002, '127.0.0.1');
    for (const host of ['127.0.0.1', '127.0.0.1', '::1', '::1']) {
      const socket = net.connect({ host, port: 7001, allowHalfOpen: true });
      socket.on('connect', () => host === '::1' && socket.end());
    }
    setInterval(() => {}, 1e9);`;
  network.start(process.execPath, ['-e', holder]);
  const theirs = () => {
    const lines = network.run('ss', '-tanH').trim().split('\n');
    return lines.map((line) => {
      const [state = '', , , local = '', remote = ''] = line.trim().split(/\s+/);
      const port = (address: string) => Number(address.slice(address.lastIndexOf(':') + 1).replace('*', '0'));
      return `${state} ${port(local)} ${port(remote)}`;
    });
  };
  await until(
    'all are there',
    () => theirs().filter((socket) => /^(ESTAB|LISTEN|FIN-WAIT-2|CLOSE-WAIT) /.test(socket)).length === 10,
  );
  const { tcp } = network.tell<All>('programs/read-all.ts');
  const ours = tcp.map(({ state, localPort, remotePort }) => `${tcpStates[state]} ${localPort} ${remotePort}`);
  assert.deepEqual(ours.sort(), theirs().sort());
});

/** A line as the kernel writes it; its inode tells it from others. */
const line = (inode: number, tail = '1 0000000000000000 20 4 30 10 -1') =>
  `${String(inode).padStart(4)}: 0100007F:1F90 0200007F:C000 01 00000010:00000020 01:00000064 00000002  1000        0 ${inode} ${tail}`;

const heading = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

function tableOf(t: TestContext, text: string | Buffer): TcpTable {
  const path = join(temporaryFolder(t), 'tcp');
  writeFileSync(path, text);
  return new TcpTable([path]);
}

test('every column is where it belongs', (t) => {
  const found: Kept[] = [];
  const retried = line(7).replace('01:00000064 00000002', '04:00000064 00000002').replace('1000        0', '4294967295        3');
  tableOf(t, [heading, line(2 ** 33 + 5), retried, ''].join('\n')).all((record) => found.push(keep(record)));
  const [first, second] = found;
  assert.deepEqual(
    [first?.local[0], first?.remote[0], first?.localPort, first?.remotePort],
    [loopback, 0x0200007f, 8080, 49_152],
  );
  assert.deepEqual([first?.sendQueue, first?.receiveQueue, first?.timer, first?.expires, first?.attempts], [16, 32, 1, 1000, 2]);
  assert.deepEqual([first?.uid, first?.inode, first?.cookieLow, first?.cookieHigh], [1000, 2 ** 33 + 5, 5, 2]);
  assert.deepEqual([second?.timer, second?.attempts, second?.uid], [4, 3, 2 ** 32 - 1], 'probes are counted apart');
});

test('lines that lie across two pieces are read whole, each once', (t) => {
  const count = 5000;
  const lines = Array.from({ length: count }, (_, i) => line(i, 'x'.repeat(i % 61)));
  const table = tableOf(t, [heading, ...lines, ''].join('\n'));
  const seen: number[] = [];
  let pieces = 1;
  while (table.next(({ inode }) => seen.push(inode))) pieces += 1;
  assert.deepEqual(seen, [...lines.keys()]);
  assert.ok(pieces > 5, 'it comes in pieces');
  assert.equal(
    table.next(() => assert.fail()),
    false,
    'at its end it stays there',
  );
});

test('a table that is left before its end has no more', (t) => {
  const table = tableOf(t, Array.from({ length: 5000 }, (_, i) => `${line(i)}\n`).join(''));
  assert.equal(
    table.next(() => {}),
    true,
  );
  table.close();
  assert.equal(
    table.next(() => assert.fail()),
    false,
  );
});

test('a table that is not there is told, and the other one read', needs('linux'), (t) => {
  const folder = temporaryFolder(t);
  const table = new TcpTable(['/proc/self/net/tcp', join(folder, 'tcp6'), folder]);
  let sockets = 0;
  table.all(() => {
    sockets += 1;
  });
  assert.ok(sockets >= 0);
  assert.deepEqual(
    table.unread.map(({ reason, expected }) => [reason, expected]),
    [
      ['no such file: IPv6 is off', true],
      ['EISDIR: illegal operation on a directory, read', false],
    ],
  );
});
