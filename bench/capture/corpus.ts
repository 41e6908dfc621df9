import { closeSync, openSync, writeSync } from 'node:fs';
import { type Below, mulberry32 } from '../random.ts';
import { checksum } from './flood/frames.ts';

/** How many connections there are, of 64 clients with 16 servers. */
const connections = 512;
/** Of each kind, of a hundred packets. */
const shares = { data: 45, acknowledgement: 25, datagram: 10, question: 12, echo: 4, arp: 4 } as const;
type Kind = keyof typeof shares;

const kinds = Object.entries(shares).flatMap(([kind, share]) => Array.from({ length: share }, () => kind as Kind));
const tcpFlags = { ack: 0x10, push: 0x18 } as const;
/** Where the header of the transport begins: behind Ethernet and IPv4. */
const transport = 34;

interface Connection {
  readonly client: number;
  readonly server: number;
  readonly port: number;
  readonly service: number;
  sequence: number;
  answered: number;
}

/** Writes a file of packets as they are met in a network: the same ones each time. */
export function writeCorpus(path: string, packets: number): void {
  const below = mulberry32(9);
  const made = Array.from({ length: connections }, () => newConnection(below));
  const file = openSync(path, 'w');
  let pending = [pcapHeader()];
  for (let index = 0; index < packets; index += 1) {
    const frame = frameOf(kinds[below(kinds.length)] ?? 'data', made[below(made.length)] ?? newConnection(below), below);
    pending.push(recordHeader(index, frame.length), frame);
    if (pending.length < 1000 && index + 1 < packets) continue;
    writeSync(file, Buffer.concat(pending));
    pending = [];
  }
  closeSync(file);
}

function newConnection(below: Below): Connection {
  const [client, server] = [0x0a000000 + below(64), 0x0a000100 + below(16)];
  const service = [80, 443, 9000, 5432][below(4)] ?? 80;
  return { client, server, port: 32_768 + below(28_000), service, sequence: below(2 ** 31), answered: below(2 ** 31) };
}

function frameOf(kind: Kind, connection: Connection, below: Below): Uint8Array {
  switch (kind) {
    case 'data':
      return segment(connection, 100 + below(1349), below(2) === 0);
    case 'acknowledgement':
      return segment(connection, 0, below(2) === 0);
    case 'datagram':
      return datagram(connection, new Uint8Array(20 + below(1200)).fill(below(256)), 5000 + below(10));
    case 'question':
      return datagram(connection, question(below), 53);
    case 'echo':
      return echo(connection, below(65_536));
    case 'arp':
      return arp(connection);
  }
}

/** With a time stamp among its options, as Linux sends it. */
function segment(connection: Connection, payload: number, isAnswer: boolean): Uint8Array {
  const { client, server, port, service, sequence, answered } = connection;
  const header = 32;
  const [bytes, view] = isAnswer ? ip(server, client, 6, header + payload) : ip(client, server, 6, header + payload);
  view.setUint16(transport, isAnswer ? service : port);
  view.setUint16(transport + 2, isAnswer ? port : service);
  view.setUint32(transport + 4, isAnswer ? answered : sequence);
  view.setUint32(transport + 8, isAnswer ? sequence : answered);
  view.setUint16(transport + 12, (8 << 12) | (payload > 0 ? tcpFlags.push : tcpFlags.ack));
  view.setUint16(transport + 14, 501);
  bytes.set([1, 1, 8, 10], transport + 20);
  view.setUint32(transport + 24, sequence);
  view.setUint32(transport + 28, answered);
  bytes.fill(0x61, transport + header);
  if (isAnswer) connection.answered += payload;
  else connection.sequence += payload;
  return bytes;
}

function datagram({ client, server, port }: Connection, payload: Uint8Array, service: number): Uint8Array {
  const [bytes, view] = ip(client, server, 17, 8 + payload.length);
  view.setUint16(transport, port);
  view.setUint16(transport + 2, service);
  view.setUint16(transport + 4, 8 + payload.length);
  bytes.set(payload, transport + 8);
  return bytes;
}

/** Of an address, by RFC 1035. */
function question(below: Below): Uint8Array {
  const name = Buffer.from(`\u0007service\u0004h${below(900) + 100}\u0007example\u0003org\u0000`, 'latin1');
  const head = Buffer.from([below(256), below(256), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, name, Buffer.from([0, 1, 0, 1])]);
}

function echo({ client, server }: Connection, sequence: number): Uint8Array {
  const [bytes, view] = ip(client, server, 1, 64);
  view.setUint16(transport, 8 << 8);
  view.setUint32(transport + 4, sequence);
  view.setUint16(transport + 2, checksum(view, transport, transport + 64));
  return bytes;
}

function arp({ client, server }: Connection): Uint8Array {
  const bytes = new Uint8Array(42);
  const view = new DataView(bytes.buffer);
  bytes.fill(0xff, 0, 6);
  bytes.set([2, 0, 0, 0, 0, 1, 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1], 6);
  view.setUint32(28, client);
  view.setUint32(38, server);
  return bytes;
}

/** An Ethernet frame with an IPv4 header, and room for so many bytes behind it. */
function ip(source: number, destination: number, protocol: number, length: number): readonly [Uint8Array, DataView] {
  const bytes = new Uint8Array(transport + length);
  const view = new DataView(bytes.buffer);
  bytes.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00, 0x45]);
  view.setUint16(16, 20 + length);
  view.setUint16(20, 0x4000);
  view.setUint16(22, (64 << 8) | protocol);
  view.setUint32(26, source);
  view.setUint32(30, destination);
  view.setUint16(24, checksum(view, 14, transport));
  return [bytes, view];
}

/** Of pcap: the version, how long a packet may be, Ethernet. */
function pcapHeader(): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  return header;
}

/** One packet each 10 µs. */
function recordHeader(index: number, length: number): Uint8Array {
  const header = Buffer.alloc(16);
  const time = index * 10;
  header.writeUInt32LE(1_700_000_000 + Math.floor(time / 1e6), 0);
  header.writeUInt32LE(time % 1e6, 4);
  header.writeUInt32LE(length, 8);
  header.writeUInt32LE(length, 12);
  return header;
}
