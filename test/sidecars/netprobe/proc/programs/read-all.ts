import { ProcNet } from '../../../../../sidecars/netprobe/proc/proc-net.ts';
import { TcpTable } from '../../../../../sidecars/netprobe/proc/socket-tables.ts';
import type { SocketRecord } from '../../../../../sidecars/netprobe/sockets/record.ts';

/** What `read-all` prints. */
export interface All {
  readonly interfaces: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly links: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly tcp: readonly Pick<SocketRecord, 'state' | 'localPort' | 'remotePort' | 'inode'>[];
  readonly unread: ProcNet['unread'];
}

const proc = new ProcNet();
const interfaces = proc.interfaces();
const tcp: All['tcp'][number][] = [];
new TcpTable().all(({ state, localPort, remotePort, inode }) => tcp.push({ state, localPort, remotePort, inode }));
const all: All = {
  interfaces: Object.fromEntries(interfaces.map(({ name, counters }) => [name, Object.fromEntries(counters)])),
  links: Object.fromEntries(
    [...proc.links(interfaces.map(({ name }) => name))].map(([name, { numbers }]) => [name, Object.fromEntries(numbers)]),
  ),
  counters: Object.fromEntries(proc.counters()),
  tcp,
  unread: proc.unread,
};
console.log(JSON.stringify(all));
