import type { Libc } from '#shared/linux/libc.ts';
import { dumpAll } from '#shared/linux/netlink/dump.ts';
import { NETLINK } from '#shared/linux/netlink/message.ts';
import { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import { ProcNet } from '../proc/proc-net.ts';
import { TcpTable, UdpTable } from '../proc/socket-tables.ts';
import { askInet, askTcp, askUnix, extension } from './ask.ts';
import { decodeInet } from './decode.ts';
import { SocketRecord } from './record.ts';
import { decodeUnix, type UnixSocket } from './unix.ts';

const AF = { INET: 2, INET6: 10 } as const;
const IPPROTO_UDP = 17;
const everyState = 0xfff;

/** One socket of IPv4 or IPv6, kept. */
export interface InetSocket {
  readonly protocol: 'tcp' | 'udp';
  readonly record: SocketRecord;
}

/** Lists all TCP sockets, in the order of the kernel. @param libc where netlink works; without it /proc is read @throws Error where it is refused */
export function listTcp(libc: Libc | undefined): InetSocket[] {
  if (libc === undefined) return fromTable('tcp', new TcpTable());
  return withSocket(libc, (socket) =>
    dumpAll(socket, askTcp(everyState, extension.info | extension.memory | extension.congestion), inet('tcp')),
  );
}

/** Lists all UDP sockets, as {@link listTcp}. */
export function listUdp(libc: Libc | undefined): InetSocket[] {
  if (libc === undefined) return fromTable('udp', new UdpTable());
  return withSocket(libc, (socket) =>
    [AF.INET, AF.INET6].flatMap((family) =>
      dumpAll(socket, askInet(family, IPPROTO_UDP, everyState, extension.memory), inet('udp')),
    ),
  );
}

/** Lists all Unix sockets, as {@link listTcp}; /proc does not tell queues and peers. */
export function listUnix(libc: Libc | undefined): UnixSocket[] {
  if (libc !== undefined) return withSocket(libc, (socket) => dumpAll(socket, askUnix(), decodeUnix));
  const proc = new ProcNet();
  const found = proc.unix();
  proc.close();
  return found.map((socket) => ({ ...socket, peer: 0, receiveQueue: 0, sendQueue: 0, uid: 0 }));
}

function inet(protocol: InetSocket['protocol']) {
  return (...[received, from, end]: Parameters<typeof decodeUnix>): InetSocket | undefined => {
    const record = new SocketRecord();
    return decodeInet(received, from, end, record) ? { protocol, record } : undefined;
  };
}

function fromTable(protocol: InetSocket['protocol'], table: TcpTable | UdpTable): InetSocket[] {
  const found: InetSocket[] = [];
  table.all((record) => {
    const kept = new SocketRecord();
    const { local, remote, memory, ...rest } = record;
    Object.assign(kept, rest);
    kept.local.set(local);
    kept.remote.set(remote);
    kept.memory.set(memory);
    found.push({ protocol, record: kept });
  });
  return found;
}

function withSocket<T>(libc: Libc, use: (socket: NetlinkSocket) => T): T {
  const socket = new NetlinkSocket(libc, NETLINK.SOCK_DIAG);
  try {
    return use(socket);
  } finally {
    socket.close();
  }
}
