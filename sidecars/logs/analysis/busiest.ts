import type { Excerpt } from './access.ts';

/** Longer keys are told by their beginning alone, and those that have the same are one. */
const keyBytes = 128;

/** What was counted under one key, for certain: where it took the place of another, it is of the time since then. */
export interface Ranked {
  readonly name: string;
  readonly requests: number;
  /** How many more requests there were before that, at the most. */
  readonly missed: number;
  /** Of the answers. */
  readonly bytes: number;
  /** Answers with a status of 500 or more. */
  readonly failed: number;
  /** Mean time of those answers of which it is known; null where there are none. */
  readonly seconds: number | null;
}

/** By what keys are ranked. */
export type Rank = 'requests' | 'bytes' | 'failed' | 'seconds';

/**
 * The keys with the most requests, in memory that does not grow beyond its capacity, whatever comes: Space-Saving. A key that is not there takes the place
 * of that with the fewest requests, and its number too, so that each number is too high by at most that, and every key that has more than one of
 * `capacity` requests is there. Up to `capacity` different keys all is exact.
 * @see Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in Data Streams, 2005
 */
export class Busiest {
  readonly #capacity: number;
  /** The table of hashes: a slot and one more, or 0. At most half of it is used. */
  #table: Int32Array;
  #keys: Uint8Array;
  #lengths: Uint8Array;
  #hashes: Int32Array;
  /** For each slot: requests, over, bytes, failed, seconds, and how many requests these are of. */
  #numbers: Float64Array;
  #room: number;
  #used = 0;
  /** No slot has fewer requests, */
  #least = 0;
  /** and this is the next that may have as few. */
  #hand = 0;

  /** @param capacity a power of 2, at least 16; memory is taken as it is needed. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#room = Math.min(16, capacity);
    this.#table = new Int32Array(this.#room * 2);
    this.#keys = new Uint8Array(this.#room * keyBytes);
    this.#lengths = new Uint8Array(this.#room);
    this.#hashes = new Int32Array(this.#room);
    this.#numbers = new Float64Array(this.#room * stride);
  }

  /** Counts a request. @param seconds NaN where it is not known. */
  add({ bytes, from, to }: Excerpt, size: number, failed: boolean, seconds: number): void {
    const slot = this.#slotOf(bytes, from, Math.min(to, from + keyBytes), 1, 0);
    const numbers = this.#numbers;
    const at = slot * stride;
    numbers[at + bytesAt] = (numbers[at + bytesAt] ?? 0) + size;
    if (failed) numbers[at + failedAt] = (numbers[at + failedAt] ?? 0) + 1;
    if (Number.isNaN(seconds)) return;
    numbers[at + secondsAt] = (numbers[at + secondsAt] ?? 0) + seconds;
    numbers[at + timedAt] = (numbers[at + timedAt] ?? 0) + 1;
  }

  /** Counts what another one did. */
  merge(other: Busiest): void {
    for (let from = 0; from < other.#used; from += 1) {
      const begin = from * keyBytes;
      const [requests = 0, over = 0] = other.#numbers.subarray(from * stride, from * stride + 2);
      const slot = this.#slotOf(other.#keys, begin, begin + (other.#lengths[from] ?? 0), requests, over);
      for (let number = bytesAt; number < stride; number += 1) {
        const at = slot * stride + number;
        this.#numbers[at] = (this.#numbers[at] ?? 0) + (other.#numbers[from * stride + number] ?? 0);
      }
    }
  }

  clear(): void {
    if (this.#used === 0) return;
    this.#table.fill(0);
    this.#numbers.fill(0, 0, this.#used * stride);
    this.#used = 0;
    this.#least = 0;
    this.#hand = 0;
  }

  /** The first of them, in the order that `rank` says. */
  top(count: number, rank: Rank = 'requests'): Ranked[] {
    const all = Array.from({ length: this.#used }, (_, slot) => this.#ranked(slot));
    return all
      .sort((a, b) => (b[rank] ?? -1) - (a[rank] ?? -1) || b.requests - a.requests || (a.name < b.name ? -1 : 1))
      .slice(0, count);
  }

  #ranked(slot: number): Ranked {
    const begin = slot * keyBytes;
    const length = this.#lengths[slot] ?? 0;
    const text = Buffer.from(this.#keys.buffer, begin, length).toString();
    const [requests = 0, over = 0, bytes = 0, failed = 0, seconds = 0, timed = 0] = this.#numbers.subarray(
      slot * stride,
      (slot + 1) * stride,
    );
    return {
      name: length === keyBytes ? `${text}…` : text,
      requests: requests - over,
      missed: over,
      bytes,
      failed,
      seconds: timed === 0 ? null : seconds / timed,
    };
  }

  /** Adds to the requests of a key. @returns its slot. */
  #slotOf(bytes: Uint8Array, from: number, to: number, requests: number, over: number): number {
    const hash = hashOf(bytes, from, to);
    const mask = this.#table.length - 1;
    for (let entry = hash & mask; ; entry = (entry + 1) & mask) {
      const slot = (this.#table[entry] ?? 0) - 1;
      if (slot < 0) break;
      if (this.#hashes[slot] !== hash || !this.#holds(slot, bytes, from, to)) continue;
      this.#numbers[slot * stride] = (this.#numbers[slot * stride] ?? 0) + requests;
      if (over > 0) this.#numbers[slot * stride + overAt] = (this.#numbers[slot * stride + overAt] ?? 0) + over;
      return slot;
    }
    const slot = this.#free();
    const taken = this.#numbers[slot * stride] ?? 0;
    const numbers = this.#numbers;
    for (let at = slot * stride + bytesAt; at < (slot + 1) * stride; at += 1) numbers[at] = 0;
    numbers[slot * stride] = taken + requests;
    numbers[slot * stride + overAt] = taken + over;
    const keys = this.#keys;
    const begin = slot * keyBytes - from;
    for (let at = from; at < to; at += 1) keys[begin + at] = bytes[at] ?? 0;
    this.#lengths[slot] = to - from;
    this.#hashes[slot] = hash;
    this.#enter(slot);
    return slot;
  }

  #holds(slot: number, bytes: Uint8Array, from: number, to: number): boolean {
    if (this.#lengths[slot] !== to - from) return false;
    const keys = this.#keys;
    const begin = slot * keyBytes - from;
    for (let at = from; at < to; at += 1) if (keys[begin + at] !== bytes[at]) return false;
    return true;
  }

  /** A slot for another key, which is in no table any more; that of the fewest requests where there is no more room. */
  #free(): number {
    if (this.#used === this.#room && this.#room < this.#capacity) this.#grow();
    if (this.#used < this.#room) {
      this.#used += 1;
      return this.#used - 1;
    }
    for (;;) {
      for (let tries = 0; tries < this.#used; tries += 1) {
        this.#hand = (this.#hand + 1) % this.#used;
        if ((this.#numbers[this.#hand * stride] ?? 0) > this.#least) continue;
        this.#leave(this.#hand);
        return this.#hand;
      }
      // all have more by now: numbers only grow, so this is done once for at least as many keys as there are slots
      this.#least = Infinity;
      for (let slot = 0; slot < this.#used; slot += 1) this.#least = Math.min(this.#least, this.#numbers[slot * stride] ?? 0);
    }
  }

  #enter(slot: number): void {
    const mask = this.#table.length - 1;
    let entry = (this.#hashes[slot] ?? 0) & mask;
    while (this.#table[entry] !== 0) entry = (entry + 1) & mask;
    this.#table[entry] = slot + 1;
  }

  /** Takes a slot out of the table, and moves up what stands behind it in the same run, as linear probing asks for: Knuth's algorithm 6.4R. */
  #leave(slot: number): void {
    const mask = this.#table.length - 1;
    let gap = (this.#hashes[slot] ?? 0) & mask;
    while (this.#table[gap] !== slot + 1) gap = (gap + 1) & mask;
    for (let entry = (gap + 1) & mask; this.#table[entry] !== 0; entry = (entry + 1) & mask) {
      const home = (this.#hashes[(this.#table[entry] ?? 0) - 1] ?? 0) & mask;
      if (((entry - home) & mask) < ((entry - gap) & mask)) continue;
      this.#table[gap] = this.#table[entry] ?? 0;
      gap = entry;
    }
    this.#table[gap] = 0;
  }

  #grow(): void {
    this.#room *= 2;
    const [keys, lengths, hashes, numbers] = [this.#keys, this.#lengths, this.#hashes, this.#numbers];
    this.#keys = new Uint8Array(this.#room * keyBytes);
    this.#lengths = new Uint8Array(this.#room);
    this.#hashes = new Int32Array(this.#room);
    this.#numbers = new Float64Array(this.#room * stride);
    this.#keys.set(keys);
    this.#lengths.set(lengths);
    this.#hashes.set(hashes);
    this.#numbers.set(numbers);
    this.#table = new Int32Array(this.#room * 2);
    for (let slot = 0; slot < this.#used; slot += 1) this.#enter(slot);
  }
}

const [overAt, bytesAt, failedAt, secondsAt, timedAt, stride] = [1, 2, 3, 4, 5, 6] as const;

/** Of longer keys no more than so many bytes at either end are hashed: they are compared byte by byte anyway. */
const hashedBytes = 16;

/** FNV-1a with 32 bits. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 | 0;
  const isLong = to - from > 2 * hashedBytes;
  const pause = isLong ? from + hashedBytes : to;
  for (let at = from; at < pause; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  if (isLong) for (let at = to - hashedBytes; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}
