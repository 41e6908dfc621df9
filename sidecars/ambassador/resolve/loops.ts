import { networkInterfaces } from 'node:os';
import type { Endpoint } from '../dispatch/endpoint.ts';
import { isLoopback } from '../routes/host.ts';
import { listenKey, takes } from '../routes/listen.ts';
import type { ListenAddress } from '../routes/route.ts';

/** A route that listens, and where its connections go. */
export interface Way {
  readonly listen: ListenAddress;
  /** All that its targets resolve to. */
  readonly endpoints: readonly Endpoint[];
  /** Is called when {@link Loops.leadsBack} may answer otherwise than before. */
  readonly changed: () => void;
}

/**
 * Finds connections that would come in again where they came from, through whatever routes: one client of such a route would become as many
 * connections as there are descriptors. It is names that lead there, as the reading of the routes knows those that are addresses.
 */
export class Loops {
  /** By port, or by the path of a Unix socket. */
  readonly #ways = new Map<number | string, Set<Way>>();
  #isTelling = false;

  /** A route listens from now on. */
  enter(way: Way): void {
    this.#ways.getOrInsertComputed(placeOf(way.listen), () => new Set()).add(way);
    this.changed();
  }

  /** A route listens no more. */
  leave(way: Way): void {
    this.#ways.get(placeOf(way.listen))?.delete(way);
    this.changed();
  }

  /** The endpoints of a route became others. */
  changed(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      for (const ways of this.#ways.values())
        for (const way of ways) if (way.endpoints.some((endpoint) => this.#takers(endpoint).length > 0)) way.changed();
    });
  }

  /** Whether connections of a route to one of its endpoints come in on it again. */
  leadsBack({ listen }: Way, endpoint: Endpoint): boolean {
    const key = listenKey(listen);
    const met = new Set<Way>();
    const all = [endpoint];
    // it grows while it is gone through
    for (const each of all) {
      for (const taker of this.#takers(each)) {
        if (listenKey(taker.listen) === key) return true;
        if (!met.has(taker)) all.push(...taker.endpoints);
        met.add(taker);
      }
    }
    return false;
  }

  /** The routes of ours that take connections to an endpoint. */
  #takers(endpoint: Endpoint): Way[] {
    return [...(this.#ways.get(placeOf(endpoint)) ?? [])].filter(({ listen }) => takes(listen, endpoint, isOwn));
  }
}

function placeOf(address: ListenAddress | Endpoint): number | string {
  return address.type === 'unix' ? address.path : address.port;
}

/** Whether an address is one of this network namespace. */
function isOwn(address: string): boolean {
  if (isLoopback(address)) return true;
  const [bare] = address.split('%');
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === bare));
}
