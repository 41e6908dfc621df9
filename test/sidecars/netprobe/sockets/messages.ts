import { SocketAddress } from 'node:net';
import { tcpInfo } from '../../../../sidecars/netprobe/sockets/layout.ts';

/** What a message is to tell. */
export interface Told {
  readonly family: 2 | 10;
  readonly state: number;
  readonly local?: string;
  readonly localPort?: number;
  readonly remote?: string;
  readonly remotePort?: number;
  readonly cookie?: bigint;
  readonly queues?: readonly [number, number];
  readonly uid?: number;
  readonly inode?: number;
}

/** A struct inet_diag_msg, written as linux/inet_diag.h has it, and not with our own offsets. */
export function inetMessage({
  family,
  state,
  local,
  localPort = 0,
  remote,
  remotePort = 0,
  cookie = 1n,
  queues = [0, 0],
  uid = 0,
  inode = 0,
}: Told): Buffer {
  const head = Buffer.from([family, state, 0, 0]);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(localPort, 0);
  ports.writeUInt16BE(remotePort, 2);
  const none = family === 2 ? '0.0.0.0' : '::';
  const rest = Buffer.alloc(32);
  rest.writeUInt32LE(0, 0); // idiag_if
  rest.writeBigUInt64LE(cookie, 4);
  rest.writeUInt32LE(0, 12); // idiag_expires
  rest.writeUInt32LE(queues[0], 16);
  rest.writeUInt32LE(queues[1], 20);
  rest.writeUInt32LE(uid, 24);
  rest.writeUInt32LE(inode, 28);
  return Buffer.concat([head, ports, addressBytes(local ?? none), addressBytes(remote ?? none), rest]);
}

/** A struct nlattr with its content, filled up to a multiple of four. */
export function attribute(type: number, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc((4 + content.length + 3) & ~3);
  bytes.writeUInt16LE(4 + content.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(content, 4);
  return bytes;
}

/** A struct tcp_info of 280 bytes with some of its fields. */
export function tcpInfoBytes(fields: Partial<Record<keyof typeof tcpInfo, number | bigint>>): Buffer {
  const bytes = Buffer.alloc(280);
  for (const [field, value] of Object.entries(fields)) {
    const at = tcpInfo[field as keyof typeof tcpInfo];
    if (typeof value === 'bigint') bytes.writeBigUInt64LE(value, at);
    else bytes.writeUInt32LE(value, at);
  }
  return bytes;
}

function addressBytes(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  if (!address.includes(':')) {
    bytes.set(address.split('.').map(Number));
    return bytes;
  }
  const mapped = /^::ffff:(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (mapped) {
    bytes.set([0xff, 0xff, ...mapped.slice(1).map(Number)], 10);
    return bytes;
  }
  // SocketAddress checks it
  new SocketAddress({ family: 'ipv6', address });
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const words = [
    ...left,
    ...Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => '0'),
    ...right,
  ];
  for (const [index, word] of words.entries()) bytes.writeUInt16BE(Number.parseInt(word, 16), index * 2);
  return bytes;
}
