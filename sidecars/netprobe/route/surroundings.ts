import type { Libc } from '#shared/linux/libc.ts';
import { NETLINK } from '#shared/linux/netlink/message.ts';
import { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import type { Around } from '../metrics/links.ts';
import type { Address } from './addresses.ts';
import { RouteChanges, type RouteEvent } from './changes.ts';
import type { Link } from './links.ts';
import { type Ownership, ownership, unknownOwner } from './orphan.ts';
import { RouteTables } from './route-tables.ts';

/** How often it is looked whether something changed, in milliseconds. Where nothing did that is one system call. */
const pollPause = 100;

/** What is around the sockets: interfaces and addresses, and whether the namespace still belongs to somebody. Kept up to date by the kernel's own events. */
export class Surroundings {
  readonly tables: RouteTables;
  readonly #socket: NetlinkSocket;
  readonly #changes: RouteChanges;
  #links: readonly Link[];
  #addresses: readonly Address[];
  #owner: Ownership = unknownOwner;

  /** Reads all of it. @throws SystemError where netlink is refused */
  constructor(libc: Libc) {
    this.#socket = new NetlinkSocket(libc, NETLINK.ROUTE);
    this.tables = new RouteTables(this.#socket);
    // what changes while it is read is heard of
    this.#changes = new RouteChanges(libc);
    this.#links = this.tables.links();
    this.#addresses = this.tables.addresses();
    this.#owner = ownership(this.#owner, this.#links);
  }

  get links(): readonly Link[] {
    return this.#links;
  }

  get addresses(): readonly Address[] {
    return this.#addresses;
  }

  get owner(): Ownership {
    return this.#owner;
  }

  /** What is there now, neighbours and the gateway included, which are read anew. @throws SystemError */
  around(): Around {
    return { links: this.#links, neighbours: this.tables.neighbours(), gateway: this.tables.gateway() };
  }

  /**
   * Follows what changes until it is told to stop.
   * @param changed is told of everything, once links and addresses are up to date
   * @param failed is told where it cannot be followed any more
   */
  follow(stopping: AbortSignal, changed: (events: readonly RouteEvent[]) => void, failed: (error: unknown) => void): void {
    const timer = setInterval(() => {
      try {
        const events = this.#changes.poll();
        if (events.length === 0) return;
        this.#links = this.tables.links();
        this.#addresses = this.tables.addresses();
        this.#owner = ownership(this.#owner, this.#links);
        changed(events);
      } catch (error) {
        failed(error);
      }
    }, pollPause);
    timer.unref();
    stopping.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  close(): void {
    this.#changes.close();
    this.#socket.close();
  }
}
