import { attributes, type Received } from '#shared/linux/netlink/message.ts';
import { UNIX_DIAG, unixMessage, unixMessageSize } from './layout.ts';

/** What the kernel tells of a Unix socket. */
export interface UnixSocket {
  readonly type: 'u_str' | 'u_dgr' | 'u_seq';
  /** In the words of ss(8). */
  readonly state: string;
  readonly inode: number;
  /** The inode of the socket at the other end; 0 where there is none. */
  readonly peer: number;
  /** Its path, or its name behind an @; empty where it has none. */
  readonly path: string;
  /** Bytes that were not read; of a listener, connections that wait. */
  readonly receiveQueue: number;
  /** Bytes that the other end has not read; of a listener, how many connections may wait. */
  readonly sendQueue: number;
  readonly uid: number;
}

/** SOCK_STREAM, SOCK_DGRAM and SOCK_SEQPACKET (linux/net.h), in the words of ss(8). */
const types: Readonly<Record<number, UnixSocket['type']>> = { 1: 'u_str', 2: 'u_dgr', 5: 'u_seq' };

/** Unix sockets have the numbers of TCP's states (net/unix/af_unix.c). */
const states: Readonly<Record<number, string>> = { 1: 'ESTAB', 2: 'SYN-SENT', 7: 'UNCONN', 10: 'LISTEN' };

/** Reads struct unix_diag_msg and its attributes. @returns undefined where the message is too short, or of another type of socket */
export function decodeUnix(received: Received, from: number, end: number): UnixSocket | undefined {
  const { bytes, words } = received;
  const type = types[bytes[from + unixMessage.type] ?? 0];
  if (from + unixMessageSize > end || type === undefined) return undefined;
  let peer = 0;
  let path = '';
  let receiveQueue = 0;
  let sendQueue = 0;
  let uid = 0;
  attributes(received, from + unixMessageSize, end, (attribute, at, to) => {
    const word = (index: number) => (at + index * 4 + 4 <= to ? (words[(at >> 2) + index] ?? 0) : 0);
    if (attribute === UNIX_DIAG.NAME) path = nameOf(bytes.subarray(at, to));
    else if (attribute === UNIX_DIAG.PEER) peer = word(0);
    else if (attribute === UNIX_DIAG.UID) uid = word(0);
    else if (attribute === UNIX_DIAG.RQLEN) {
      receiveQueue = word(0);
      sendQueue = word(1);
    }
  });
  const state = states[bytes[from + unixMessage.state] ?? 0] ?? 'UNCONN';
  return { type, state, inode: words[(from + unixMessage.inode) >> 2] ?? 0, peer, path, receiveQueue, sendQueue, uid };
}

/** A name in the file system ends at its NUL; one that begins with a NUL is in none, and is written behind an @ (unix(7)). */
function nameOf(bytes: Uint8Array): string {
  const isAbstract = bytes[0] === 0;
  const name = Buffer.from(isAbstract ? bytes.subarray(1) : bytes).toString();
  return isAbstract ? `@${name.replaceAll('\0', '@')}` : name.replace(/\0.*$/s, '');
}
