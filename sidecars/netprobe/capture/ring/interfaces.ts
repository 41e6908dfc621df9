import type { Libc } from '#shared/linux/libc.ts';
import { NETLINK } from '#shared/linux/netlink/message.ts';
import { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import { RouteTables } from '../../route/route-tables.ts';

/** An interface of the namespace that packets can be captured at. */
export interface ListedInterface {
  readonly index: number;
  readonly name: string;
  /** Whether it is turned on. */
  readonly isUp: boolean;
  /** Whether it is the one that the namespace talks to itself by. */
  readonly isLoopback: boolean;
  /** Its IP addresses, without how many of their bits are those of the network. */
  readonly addresses: readonly string[];
}

/** The interfaces of the namespace, those that are turned off included, by their indexes. @throws SystemError where netlink is refused. */
export function listInterfaces(libc: Libc): ListedInterface[] {
  const socket = new NetlinkSocket(libc, NETLINK.ROUTE);
  try {
    const tables = new RouteTables(socket);
    const addresses = tables.addresses();
    return tables.links().map(({ index, name, up, flags }) => ({
      index,
      name,
      isUp: up,
      isLoopback: flags.includes('LOOPBACK'),
      addresses: addresses.filter(({ link }) => link === index).map(({ address }) => address),
    }));
  } finally {
    socket.close();
  }
}
