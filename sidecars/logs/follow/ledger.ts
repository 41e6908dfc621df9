import { beginning, type Cursor } from './cursor.ts';

/** A stretch of a file that is on its way in a batch. */
export interface Segment {
  readonly ledger: Ledger;
  readonly end: Cursor;
  /** The up to 64 bytes before the end. */
  readonly tail: Uint8Array;
  /** Bytes of the file that it covers. */
  readonly length: number;
  acknowledged: boolean;
}

/**
 * How far one file is acknowledged. Batches may be acknowledged in any order; the place moves only over stretches
 * of which none before is missing, so that nothing behind it can be lost.
 */
export class Ledger {
  #acknowledged: Cursor;
  #tail: Uint8Array;
  readonly #pending: Segment[] = [];

  constructor(acknowledged: Cursor = beginning, tail: Uint8Array = new Uint8Array(0)) {
    this.#acknowledged = acknowledged;
    this.#tail = tail;
  }

  /** Everything before this place arrived. */
  get acknowledged(): Cursor {
    return this.#acknowledged;
  }

  /** The up to 64 bytes before that place. */
  get tail(): Uint8Array {
    return this.#tail;
  }

  /** Whether nothing is on its way. */
  get settled(): boolean {
    return this.#pending.length === 0;
  }

  /** Notes a stretch that goes out; they are noted in the order of the file. */
  add(end: Cursor, tail: Uint8Array, length: number): Segment {
    const segment: Segment = { ledger: this, end, tail, length, acknowledged: false };
    this.#pending.push(segment);
    return segment;
  }

  /** Notes that a stretch arrived. */
  acknowledge(segment: Segment): void {
    segment.acknowledged = true;
    let count = 0;
    for (const candidate of this.#pending) {
      if (!candidate.acknowledged) break;
      this.#acknowledged = candidate.end;
      this.#tail = candidate.tail;
      count += 1;
    }
    this.#pending.splice(0, count);
  }
}
