import { openLibc } from '#shared/linux/libc.ts';
import { formatEndpoint } from '../sockets/address.ts';
import { type InetSocket, listTcp, listUdp, listUnix } from '../sockets/listing.ts';
import { tcpStates } from '../sockets/record.ts';
import type { UnixSocket } from '../sockets/unix.ts';

/** A socket of this network namespace, as it is told beside its process. */
export interface SocketWords {
  readonly protocol: 'tcp' | 'udp' | 'unix';
  /** In the words of ss(8): `ESTAB`, `LISTEN`. */
  readonly state: string;
  /** `10.0.0.1:80`; of a Unix socket its path. Empty where it has none. */
  readonly local: string;
  /** The other end; of a Unix socket the inode of it. Empty where there is none. */
  readonly peer: string;
}

/** What each socket of this network namespace is, by its inode; those without an inode belong to no process any more. @throws Error where they cannot be read. */
export function socketsByInode(): ReadonlyMap<number, SocketWords> {
  const found = new Map<number, SocketWords>();
  // where netlink is refused /proc/self/net tells as much of this
  const libc = ffiOrNothing();
  const list = <T>(read: (by: typeof libc) => T): T => {
    try {
      return read(libc);
    } catch (error) {
      if (libc === undefined) throw error;
      return read(undefined);
    }
  };
  for (const socket of [...list(listTcp), ...list(listUdp)])
    if (socket.record.inode !== 0) found.set(socket.record.inode, ofInet(socket));
  for (const socket of list(listUnix)) if (socket.inode !== 0) found.set(socket.inode, ofUnix(socket));
  return found;
}

function ffiOrNothing(): ReturnType<typeof openLibc> | undefined {
  try {
    return openLibc();
  } catch {
    return undefined;
  }
}

function ofInet({ protocol, record }: InetSocket): SocketWords {
  const { family, local, remote, localPort, remotePort, state } = record;
  return {
    protocol,
    state: tcpStates[state] ?? '',
    local: formatEndpoint(family, local, localPort),
    peer: remotePort === 0 ? '' : formatEndpoint(family, remote, remotePort),
  };
}

function ofUnix({ state, path, peer }: UnixSocket): SocketWords {
  return { protocol: 'unix', state, local: path, peer: peer === 0 ? '' : `socket:[${peer}]` };
}
