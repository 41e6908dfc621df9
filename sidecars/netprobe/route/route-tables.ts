import { dumpAll, type Visit } from '#shared/linux/netlink/dump.ts';
import type { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import { type Address, decodeAddress, ifaddrmsg } from './addresses.ts';
import { decodeLink, ifinfomsg, type Link } from './links.ts';
import { decodeNeighbour, type Neighbour, ndmsg } from './neighbours.ts';
import { decodeRoute, mainTable, type Route, rtmsg } from './routes.ts';
import { dumpRequest, RTM } from './rtnetlink.ts';

/** What the kernel knows of interfaces and of the ways to other hosts, read anew at each call. Each throws SystemError where it is refused. */
export class RouteTables {
  readonly #socket: NetlinkSocket;

  /** @param socket of the family NETLINK.ROUTE, without groups; whoever opened it closes it. */
  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** All interfaces, those that are down included, by their indexes. */
  links(): Link[] {
    return this.#all(RTM.GETLINK, RTM.NEWLINK, ifinfomsg.size, decodeLink).sort((one, other) => one.index - other.index);
  }

  /** The addresses of all interfaces. */
  addresses(): Address[] {
    return this.#all(RTM.GETADDR, RTM.NEWADDR, ifaddrmsg.size, decodeAddress);
  }

  /** The routes of one table. @param table its number; `main` where none is given. */
  routes(table = mainTable): Route[] {
    return this.#all(RTM.GETROUTE, RTM.NEWROUTE, rtmsg.size, decodeRoute).filter((route) => route.table === table);
  }

  /** The hosts that were talked to on their own link. Those that need not be asked for, such as multicast, are left out, as ip(8) does. */
  neighbours(): Neighbour[] {
    return this.#all(RTM.GETNEIGH, RTM.NEWNEIGH, ndmsg.size, decodeNeighbour).filter(
      ({ state }) => state !== 'NOARP' && state !== 'NONE',
    );
  }

  /**
   * The host that the default route leads to, the one of IPv4 before that of IPv6.
   * @returns its address, with its interface where it is known there alone: `fe80::1%eth0`. Undefined where there is no such route.
   */
  gateway(): string | undefined {
    const found = gatewayOf(this.routes());
    if (found === undefined || !/^fe[89ab]/.test(found.gateway)) return found?.gateway;
    const link = this.links().find(({ index }) => index === found.link);
    return link === undefined ? found.gateway : `${found.gateway}%${link.name}`;
  }

  #all<T>(get: number, type: number, size: number, decode: (...message: Parameters<Visit>) => T | undefined): T[] {
    return dumpAll(this.#socket, dumpRequest(get, size), (received, from, end, of) =>
      of === type ? decode(received, from, end, of) : undefined,
    );
  }
}

/** The first hop with a gateway of the default route that counts: IPv4 before IPv6, then the lowest metric. */
export function gatewayOf(routes: readonly Route[]): Route['hops'][number] | undefined {
  const [best] = routes
    .filter(({ destination, type, hops }) => destination === 'default' && type === 'unicast' && hops.some(leads))
    .sort((one, other) => one.family - other.family || (one.metric ?? 0) - (other.metric ?? 0));
  return best?.hops.find(leads);
}

function leads({ gateway, flags }: Route['hops'][number]): boolean {
  return gateway !== '' && !flags.includes('dead');
}
