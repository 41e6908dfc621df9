/** What a segment is, beside those before it. */
export interface SegmentFinding {
  /** Bytes of its payload that were sent before. */
  readonly repeated: number;
  /** Whether it was sent before, or a part of it, be it SYN or FIN alone. */
  readonly isRetransmit: boolean;
  /** Whether it was overtaken by one that was sent after it. */
  readonly isLate: boolean;
}

/** A segment: where it begins, what it holds, and when it was seen, in microseconds. */
export interface SeenSegment {
  readonly sequence: number;
  readonly payload: number;
  readonly syn: boolean;
  readonly fin: boolean;
  readonly time: number;
}

/** Sequence numbers that were jumped over, and when. */
interface Hole {
  start: number;
  end: number;
  readonly time: number;
}

const inOrder: SegmentFinding = { repeated: 0, isRetransmit: false, isLate: false };

/** What was jumped over before the oldest of these is taken as seen. */
const mostHoles = 256;

/** How far before the first segment that was seen others may have been sent: of a connection that was there before, in bytes. */
const before = 2 ** 20;

/**
 * The sequence numbers of one way of a TCP connection: tells what is sent again. Numbers are of 32 bits and begin anew behind the last one
 * (RFC 9293, section 3.4): only differences are compared.
 */
export class Sequences {
  #next: number | undefined;
  readonly #holes: Hole[] = [];

  /** The number behind the highest that was seen; undefined before the first segment. */
  get next(): number | undefined {
    return this.#next;
  }

  /**
   * @param patience how long ago something may have been jumped over, in microseconds, for one that fills the hole to be late and not sent again: who
   *   sends it again learns of the loss not before a round trip.
   */
  add({ sequence, payload, syn, fin, time }: SeenSegment, patience: number): SegmentFinding {
    const length = payload + Number(syn) + Number(fin);
    if (length === 0) return inOrder;
    if (this.#next === undefined) {
      if (!syn) this.#holes.push({ start: (sequence - before) >>> 0, end: sequence, time });
      this.#next = sequence;
    }
    const next = this.#next;
    const end = (sequence + length) >>> 0;
    if (distance(next, end) > 0) this.#next = end;
    if (distance(next, sequence) >= 0) {
      if (sequence !== next) this.#jump(next, sequence, time);
      return inOrder;
    }
    const isWhole = distance(next, end) <= 0;
    const old = isWhole ? length : distance(sequence, next);
    const late = this.#fill(sequence, (sequence + old) >>> 0, time - patience);
    const again = old - late;
    // SYN and FIN have a number each, and are no payload
    const flags = Number(syn) + Number(fin && isWhole);
    return { repeated: Math.max(0, again - flags), isRetransmit: again > 0, isLate: again === 0 };
  }

  /** The other side has all before this number: whatever of it is sent from now on is sent again. */
  acknowledged(number: number): void {
    while (this.#holes.length > 0 && distance(this.#holes[0]?.end ?? 0, number) >= 0) this.#holes.shift();
  }

  #jump(start: number, end: number, time: number): void {
    this.#holes.push({ start, end, time });
    if (this.#holes.length > mostHoles) this.#holes.shift();
  }

  /** Fills what was jumped over. @returns how much of it was jumped over since a time */
  #fill(start: number, end: number, since: number): number {
    let late = 0;
    for (let index = this.#holes.length - 1; index >= 0; index -= 1) {
      const hole = this.#holes[index] as Hole;
      const from = distance(start, hole.start) > 0 ? hole.start : start;
      const to = distance(hole.end, end) > 0 ? hole.end : end;
      const size = distance(from, to);
      if (size <= 0) continue;
      if (hole.time > since) late += size;
      const rest = [
        { start: hole.start, end: from, time: hole.time },
        { start: to, end: hole.end, time: hole.time },
      ];
      this.#holes.splice(index, 1, ...rest.filter((part) => part.start !== part.end));
    }
    return late;
  }
}

/** How far it is from a number to another one; below 0 where that is before it. */
export function distance(from: number, to: number): number {
  return (to - from) | 0;
}
