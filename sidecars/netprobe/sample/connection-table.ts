import type { SocketRecord } from '../sockets/record.ts';

/** For how many seconds one that has ended is known: longer than a reading takes, and than two threads hear of the same. */
const memory = 5;

/** How much of the places may be taken, and how much at most is once it was made anew. */
const fullest = 0.8;
const roomy = 0.5;

/** The least number of places, a power of two. */
const fewest = 1024;

/**
 * The connections that are known, by their cookies, with the numbers that were counted of each. An open hash table in flat arrays: a hundred thousand
 * connections are 11 MB in it, and one is found in some 20 ns.
 */
export class ConnectionTable {
  #low = new Uint32Array(fewest);
  #high = new Uint32Array(fewest);
  /** The number of its peer, by which it was counted; -1 once it has ended. */
  peer = new Int32Array(fewest);
  /** When it was seen last: the number of the reading. Of one that has ended, the second of {@link now} in which it did. */
  seen = new Uint32Array(fewest);
  sent = new Float64Array(fewest);
  received = new Float64Array(fewest);
  retransmitted = new Float64Array(fewest);
  /** Its round trip time when it was seen last, in microseconds. */
  rtt = new Uint32Array(fewest);
  /** The present, in whole seconds of any clock; whoever uses the table sets it. */
  now = 0;
  /** How many places are taken, by those that have ended too. */
  #taken = 0;

  /** How many places there are. */
  get places(): number {
    return this.#low.length;
  }

  /** The place of a connection; -1 where it is not known. */
  find({ cookieLow, cookieHigh }: Pick<SocketRecord, 'cookieLow' | 'cookieHigh'>): number {
    const mask = this.places - 1;
    for (let place = hash(cookieLow, cookieHigh) & mask; ; place = (place + 1) & mask) {
      const low = this.#low[place] ?? 0;
      const high = this.#high[place] ?? 0;
      if (low === cookieLow && high === cookieHigh) return place;
      if (low === 0 && high === 0) return -1;
    }
  }

  /** Gives a connection that is not known a place, which may move those of all others. Its cookie is never 0. */
  add({ cookieLow, cookieHigh }: Pick<SocketRecord, 'cookieLow' | 'cookieHigh'>): number {
    if (this.#taken + 1 > this.places * fullest) this.#rebuild();
    const mask = this.places - 1;
    let place = hash(cookieLow, cookieHigh) & mask;
    while ((this.#low[place] ?? 0) !== 0 || (this.#high[place] ?? 0) !== 0) place = (place + 1) & mask;
    this.#low[place] = cookieLow;
    this.#high[place] = cookieHigh;
    this.#taken += 1;
    return place;
  }

  /** Makes room for so many at once, which is cheap while few are known: to grow again and again takes tens of milliseconds. */
  reserve(count: number): void {
    if (count > this.places * fullest) this.#rebuild(count);
  }

  /** Whether a place holds a connection that lives. */
  lives(place: number): boolean {
    return ((this.#low[place] ?? 0) !== 0 || (this.#high[place] ?? 0) !== 0) && (this.peer[place] ?? -1) >= 0;
  }

  /** Notes the end of one: it stays known for a while, as it may be told of again. */
  end(place: number): void {
    this.peer[place] = -1;
    this.seen[place] = this.now;
  }

  /** Whether a place holds one that lives, or that has ended not long ago. */
  #isKnown(place: number): boolean {
    if ((this.#low[place] ?? 0) === 0 && (this.#high[place] ?? 0) === 0) return false;
    return (this.peer[place] ?? -1) >= 0 || (this.seen[place] ?? 0) + memory >= this.now;
  }

  /** Makes it anew without those that ended long ago, with as many places as the others need. Places change. */
  #rebuild(least = 0): void {
    const { peer, seen, sent, received, retransmitted, rtt } = this;
    const low = this.#low;
    const high = this.#high;
    const kept = new Uint32Array(this.#taken);
    let count = 0;
    for (let place = 0; place < low.length; place += 1) if (this.#isKnown(place)) kept[count++] = place;
    let size = fewest;
    while (size * roomy < count || size * fullest < least) size *= 2;
    this.#low = new Uint32Array(size);
    this.#high = new Uint32Array(size);
    this.peer = new Int32Array(size);
    this.seen = new Uint32Array(size);
    this.sent = new Float64Array(size);
    this.received = new Float64Array(size);
    this.retransmitted = new Float64Array(size);
    this.rtt = new Uint32Array(size);
    this.#taken = 0;
    for (const place of kept.subarray(0, count)) {
      const to = this.add({ cookieLow: low[place] ?? 0, cookieHigh: high[place] ?? 0 });
      this.peer[to] = peer[place] ?? -1;
      this.seen[to] = seen[place] ?? 0;
      this.sent[to] = sent[place] ?? 0;
      this.received[to] = received[place] ?? 0;
      this.retransmitted[to] = retransmitted[place] ?? 0;
      this.rtt[to] = rtt[place] ?? 0;
    }
  }
}

/** Cookies count up, so that any bits of theirs spread well once they are mixed. */
function hash(low: number, high: number): number {
  return (Math.imul(low ^ Math.imul(high, 0x85eb_ca6b), 0x9e37_79b1) >>> 8) | 0;
}
