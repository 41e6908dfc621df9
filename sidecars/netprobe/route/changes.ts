import { codeOf } from '#shared/exit.ts';
import type { Libc } from '#shared/linux/libc.ts';
import { aligned, header, headerSize, NETLINK, type Received } from '#shared/linux/netlink/message.ts';
import { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import { type Address, decodeAddress } from './addresses.ts';
import { decodeLink, ifinfomsg, type Link } from './links.ts';
import { decodeNeighbour, type Neighbour } from './neighbours.ts';
import { decodeRoute, type Route } from './routes.ts';
import { RTM, RTMGRP, word } from './rtnetlink.ts';

/**
 * What came of a change. Only for links does the kernel tell one that was changed from a new one; of all others `added` also means that
 * what was there has changed.
 */
export type Change = 'added' | 'changed' | 'removed';

/** Something that changed in the namespace, as it is now or was last. */
export type RouteEvent =
  | { readonly kind: 'link'; readonly change: Change; readonly link: Link }
  | { readonly kind: 'address'; readonly change: Exclude<Change, 'changed'>; readonly address: Address }
  | { readonly kind: 'route'; readonly change: Exclude<Change, 'changed'>; readonly route: Route }
  | { readonly kind: 'neighbour'; readonly change: Exclude<Change, 'changed'>; readonly neighbour: Neighbour }
  /** More changed than could be kept until it was read: read all of it anew. */
  | { readonly kind: 'lost' };

const groups = RTMGRP.LINK | RTMGRP.NEIGH | RTMGRP.IPV4_IFADDR | RTMGRP.IPV6_IFADDR | RTMGRP.IPV4_ROUTE | RTMGRP.IPV6_ROUTE;

/** How many messages one {@link RouteChanges.poll} reads at most, so that others have their turn. */
const most = 1000;

/**
 * Hears of changes to links, addresses, routes and neighbours.
 * Not of all: with a link, or when it is turned off, the kernel removes IPv4 routes without a word, so read routes anew after the change of a link.
 */
export class RouteChanges {
  readonly #socket: NetlinkSocket;

  /** Listens from now on. @throws SystemError */
  constructor(libc: Libc) {
    this.#socket = new NetlinkSocket(libc, NETLINK.ROUTE, { groups });
  }

  /** What has changed since it was last asked; one system call where that is nothing, and it never waits. @throws SystemError */
  poll(): RouteEvent[] {
    const events: RouteEvent[] = [];
    for (let count = 0; count < most; count += 1) {
      let length: number;
      try {
        length = this.#socket.receive();
      } catch (error) {
        if (codeOf(error) !== 'ENOBUFS') throw error;
        events.push({ kind: 'lost' });
        continue;
      }
      if (length === 0) break;
      decodeEvents(this.#socket.received, length, events);
    }
    return events;
  }

  close(): void {
    this.#socket.close();
  }
}

/** Decodes the messages of one piece of what was received. @param length how much of it there is, in bytes. */
export function decodeEvents(received: Received, length: number, into: RouteEvent[]): void {
  const { halves, words } = received;
  for (let at = 0; at + headerSize <= length; ) {
    const size = words[at >> 2] ?? 0;
    if (size < headerSize || at + size > length) return;
    const event = decodeEvent(received, at + headerSize, at + size, halves[(at + header.type) >> 1] ?? 0);
    if (event !== undefined) into.push(event);
    at += aligned(size);
  }
}

function decodeEvent(received: Received, from: number, end: number, type: number): RouteEvent | undefined {
  switch (type) {
    case RTM.NEWLINK:
    case RTM.DELLINK: {
      const link = decodeLink(received, from, end);
      // the kernel says of a new link that all of its flags have changed
      const added = word(received, from + ifinfomsg.change, end) === 0xffff_ffff;
      return link && { kind: 'link', change: type === RTM.DELLINK ? 'removed' : added ? 'added' : 'changed', link };
    }
    case RTM.NEWADDR:
    case RTM.DELADDR: {
      const address = decodeAddress(received, from, end);
      return address && { kind: 'address', change: type === RTM.DELADDR ? 'removed' : 'added', address };
    }
    case RTM.NEWROUTE:
    case RTM.DELROUTE: {
      const route = decodeRoute(received, from, end);
      return route && { kind: 'route', change: type === RTM.DELROUTE ? 'removed' : 'added', route };
    }
    case RTM.NEWNEIGH:
    case RTM.DELNEIGH: {
      const neighbour = decodeNeighbour(received, from, end);
      return neighbour && { kind: 'neighbour', change: type === RTM.DELNEIGH ? 'removed' : 'added', neighbour };
    }
    default:
      return undefined;
  }
}
