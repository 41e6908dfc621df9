import { formatAddress } from '../sockets/address.ts';
import type { SocketRecord } from '../sockets/record.ts';
import { type Direction, Peer } from './peer.ts';
import type { PeerNames } from './peer-groups.ts';

/** How many are counted one by one for each that has series of its own: among them the busiest are found. */
const candidates = 16;

/** One with series keeps them against others up to so many times as busy: they would come and go otherwise. */
const inertia = 2;

/** How many addresses are remembered with their peers; then all are looked up anew. */
const rememberedAddresses = 65_536;

/**
 * All peers: the busiest have series of their own, all others are counted together as `other`, of each direction. A counter never falls: what one
 * counted that loses its series, or gets some, belongs to `other` from then on.
 */
export class Peers {
  readonly #names: PeerNames;
  readonly #named: ReadonlySet<string>;
  readonly #most: number;
  /** By number; those of the two others are 0 and 1. Undefined where a number is free. */
  readonly #peers: (Peer | undefined)[] = [new Peer('in', 'other', 0), new Peer('out', 'other', 0)];
  readonly #free: number[] = [];
  readonly #byKey = new Map<string, number>();
  /** By direction, port and IPv4 address in one number; of IPv6 by text. A short cut for each new connection. */
  readonly #byAddress = new Map<number | string, number>();
  #shown = 0;

  /** @param most how many have series of their own */
  constructor(names: PeerNames, most: number) {
    this.#names = names;
    this.#named = new Set(names.names);
    this.#most = most;
  }

  /** One by its number. */
  at(number: number): Peer {
    return this.#peers[number] ?? (this.#peers[0] as Peer);
  }

  /** The number of the peer that a connection is counted with. */
  numberOf(direction: Direction, { family, remote, localPort, remotePort }: SocketRecord): number {
    const port = direction === 'in' ? localPort : remotePort;
    const side = direction === 'in' ? 0 : 1;
    const key =
      family === 4
        ? ((side * 65_536 + port) * 65_536 + ((remote[0] ?? 0) >>> 16)) * 65_536 + ((remote[0] ?? 0) & 0xffff)
        : `${side} ${port} ${remote.join()}`;
    const known = this.#byAddress.get(key);
    if (known !== undefined) return known;
    const address = formatAddress(family, remote);
    const number = this.#numberOfName(direction, this.#names.groupOf(address) ?? address, port);
    // one of the others may become a peer of its own
    if (number < 2) return number;
    if (this.#byAddress.size >= rememberedAddresses) this.#byAddress.clear();
    this.#byAddress.set(key, number);
    return number;
  }

  /** Where names stand for other addresses than before: connections that are new from now on are counted by them. */
  forgetAddresses(): void {
    this.#byAddress.clear();
  }

  /** Before a reading of all connections. */
  begin(): void {
    for (const peer of this.#peers) {
      if (peer === undefined) continue;
      peer.rttNow = 0;
      peer.rttNowCount = 0;
    }
  }

  /** After a reading: the busiest get series of their own. */
  settle(): void {
    for (const peer of this.#peers) {
      if (peer === undefined) continue;
      peer.score = peer.score / 2 + peer.recent + peer.connections;
      peer.recent = 0;
    }
    const rank = (peer: Peer) => (this.#named.has(peer.name) ? Infinity : peer.score * (peer.shown ? inertia : 1));
    const ranked = [...this.#each()].sort(([, a], [, b]) => rank(b) - rank(a) || Number(b.shown) - Number(a.shown));
    const dropped = new Set<number>();
    for (const [place, [number, peer]] of ranked.entries()) {
      const isShown = place < this.#most;
      if (isShown && !peer.shown) {
        this.#otherOf(peer).take(peer);
        peer.reset();
      }
      peer.shown = isShown;
      if (isShown || peer.connections > 0 || peer.score >= 1) continue;
      this.#drop(number, peer);
      dropped.add(number);
    }
    if (dropped.size > 0) for (const [key, number] of this.#byAddress) if (dropped.has(number)) this.#byAddress.delete(key);
    this.#shown = Math.min(ranked.length, this.#most);
  }

  /** Those with series of their own, the busiest first, and `other` of each direction where it counted something. */
  get shown(): readonly Peer[] {
    const others = [this.#others(0), this.#others(1)];
    const shown = [...this.#each()].map(([, peer]) => peer).filter((peer) => peer.shown);
    return [...shown.sort((a, b) => b.score - a.score), ...others.filter(isUsed)];
  }

  /** What `other` is: itself, and all that have no series of their own. */
  #others(number: 0 | 1): Peer {
    const other = this.at(number);
    const all = new Peer(other.direction, other.name, other.port);
    const add = (peer: Peer) => {
      all.take(peer);
      all.connections += peer.connections;
      all.rttNow += peer.rttNow;
      all.rttNowCount += peer.rttNowCount;
    };
    add(other);
    for (const [, peer] of this.#each()) if (!peer.shown && peer.direction === other.direction) add(peer);
    return all;
  }

  *#each(): Iterable<readonly [number, Peer]> {
    for (let number = 2; number < this.#peers.length; number += 1) {
      const peer = this.#peers[number];
      if (peer !== undefined) yield [number, peer];
    }
  }

  #otherOf({ direction }: Peer): Peer {
    return this.at(direction === 'in' ? 0 : 1);
  }

  #numberOfName(direction: Direction, name: string, port: number): number {
    const key = `${direction} ${port} ${name}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    // somebody asked for a group by its name: it has its series from the beginning, and others make room
    const room = this.#named.has(name) ? 2 : 1;
    if (this.#byKey.size >= this.#most * candidates * room) return direction === 'in' ? 0 : 1;
    const number = this.#free.pop() ?? this.#peers.length;
    const peer = new Peer(direction, name, port);
    this.#peers[number] = peer;
    this.#byKey.set(key, number);
    if (this.#shown < this.#most * room) {
      peer.shown = true;
      this.#shown += 1;
    }
    return number;
  }

  #drop(number: number, peer: Peer): void {
    this.#otherOf(peer).take(peer);
    this.#byKey.delete(`${peer.direction} ${peer.port} ${peer.name}`);
    this.#peers[number] = undefined;
    this.#free.push(number);
  }
}

function isUsed({ connections, opened, closed, failed, sent, received }: Peer): boolean {
  return connections + opened + closed + failed + sent + received > 0;
}
