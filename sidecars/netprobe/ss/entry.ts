import { formatAddress } from '../sockets/address.ts';
import type { InetSocket } from '../sockets/listing.ts';
import { type SocketRecord, tcpStates } from '../sockets/record.ts';
import type { UnixSocket } from '../sockets/unix.ts';
import type { Filterable } from './filter.ts';

/** One socket of a list. */
export interface Entry extends Filterable {
  /** In the words of ss(8). */
  readonly netid: 'tcp' | 'udp' | 'u_str' | 'u_dgr' | 'u_seq';
  readonly family: 4 | 6 | 'unix';
  readonly receiveQueue: number;
  readonly sendQueue: number;
  /** The ends as they are shown: an address or a path, and what stands behind the colon: a port, or the number of the other end. */
  readonly local: readonly [string, string];
  readonly peer: readonly [string, string];
  readonly uid: number;
  readonly inode: number;
  /** All that is known of one of IPv4 or IPv6. */
  readonly record?: SocketRecord;
}

/** A socket of IPv4 or IPv6. */
export function inetEntry({ protocol, record }: InetSocket): Entry {
  const { family, local, remote, localPort, remotePort, receiveQueue, sendQueue, uid, inode } = record;
  const source = formatAddress(family, local);
  const destination = formatAddress(family, remote);
  return {
    netid: protocol,
    family,
    state: tcpStates[record.state] ?? '',
    source,
    destination,
    sourcePort: localPort,
    destinationPort: remotePort,
    receiveQueue,
    sendQueue,
    local: [shown(source, family), port(localPort)],
    peer: [shown(destination, family), port(remotePort)],
    uid,
    inode,
    record,
  };
}

/** A Unix socket. */
export function unixEntry({ type, state, path, inode, peer, receiveQueue, sendQueue, uid }: UnixSocket): Entry {
  return {
    netid: type,
    family: 'unix',
    state,
    source: path,
    destination: '',
    sourcePort: inode,
    destinationPort: peer,
    receiveQueue,
    sendQueue,
    local: [path === '' ? '*' : path, String(inode)],
    peer: ['*', String(peer)],
    uid,
    inode,
  };
}

function shown(address: string, family: 4 | 6): string {
  return family === 6 ? `[${address}]` : address;
}

function port(number: number): string {
  return number === 0 ? '*' : String(number);
}
