import { formatEndpoint } from '../sockets/address.ts';
import type { SocketRecord } from '../sockets/record.ts';

/** How many destinations are counted one by one; what goes to more of them is no shortage of ports. */
const mostDestinations = 16_384;

/** The first and the last port that the system gives to clients (net.ipv4.ip_local_port_range). */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** How many ports of a range are in use towards one destination. */
export interface Destination {
  readonly destination: string;
  readonly used: number;
  /** Of all ports of the range, from 0 to 1. */
  readonly share: number;
}

/**
 * Counts the ephemeral ports that are in use towards each destination, those that wait in TIME_WAIT included: when all of the range are, no new
 * connection to it can be made (EADDRNOTAVAIL).
 */
export class EphemeralPorts {
  #range: PortRange = { first: 32_768, last: 60_999 };
  /** By port, and then by an address of IPv4 as a signed number: such keys cost no memory of their own. Addresses of IPv6 are text. */
  readonly #counts = new Map<number, Map<number | string, { readonly destination: string; used: number }>>();
  #known = 0;
  #found: readonly Destination[] = [];

  get range(): PortRange {
    return this.#range;
  }

  /** Whether the system gives a port to clients. */
  isEphemeral(port: number): boolean {
    return port >= this.#range.first && port <= this.#range.last;
  }

  /** Before a reading of all connections. */
  begin(range: PortRange): void {
    this.#range = range;
    this.#forget();
  }

  /** Counts a connection that this side began. */
  see({ family, remote, localPort, remotePort }: SocketRecord): void {
    if (!this.isEphemeral(localPort)) return;
    let ofPort = this.#counts.get(remotePort);
    if (ofPort === undefined) {
      ofPort = new Map();
      this.#counts.set(remotePort, ofPort);
    }
    const key = family === 4 ? (remote[0] ?? 0) | 0 : remote.join();
    const known = ofPort.get(key);
    if (known !== undefined) known.used += 1;
    else if (this.#known < mostDestinations) {
      ofPort.set(key, { destination: formatEndpoint(family, remote, remotePort), used: 1 });
      this.#known += 1;
    }
  }

  /** After a reading. */
  settle(): void {
    const size = this.#range.last - this.#range.first + 1;
    this.#found = [...this.#counts.values()]
      .flatMap((ofPort) => [...ofPort.values()])
      .map(({ destination, used }) => ({ destination, used, share: used / size }))
      .sort((a, b) => b.used - a.used);
    this.#forget();
  }

  #forget(): void {
    this.#counts.clear();
    this.#known = 0;
  }

  /** As they were at the last reading, those with the most ports first. */
  get destinations(): readonly Destination[] {
    return this.#found;
  }
}
