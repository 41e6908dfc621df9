import type { Content } from '../record/content.ts';
import type { Recorder } from '../record/recorder.ts';
import { beginning, type Cursor } from './cursor.ts';
import { type Tally, tallied, tallyFrom } from './tally.ts';

/** A stretch of a file that is on its way in a batch. */
export interface Segment {
  readonly ledger: Ledger;
  readonly end: Cursor;
  /** The up to 64 bytes before the end, one character each. */
  readonly tail: string;
  /** Bytes of the file that it covers. */
  readonly length: number;
  acknowledged: boolean;
}

/**
 * How far one file is acknowledged. Batches may be acknowledged in any order; the place moves only over stretches
 * of which none before is missing, so that nothing behind it can be lost.
 */
export class Ledger {
  /** What one life of a file, from one beginning of it to the next, is called for good; a copy goes on with it. Undefined where nobody needs a name. */
  life: string | undefined;
  /** What the file was found to hold, where that was looked for. */
  content: Content | undefined;
  /** What reads on from there, while it is of use: it may remember something of what it read. */
  recorder: Recorder | undefined;
  #acknowledged: Cursor;
  #tail: string;
  /** Of all that went out. */
  #tally: Tally;
  /** Absent where there are none: most files have none most of the time. */
  #pending: Segment[] | undefined;

  constructor(acknowledged: Cursor = beginning, tail = '', life?: string) {
    this.life = life;
    this.#tail = tail;
    this.#tally = acknowledged.tally ?? tallyFrom(acknowledged.offset);
    this.#acknowledged = acknowledged.tally === undefined ? talliedAt(acknowledged, this.#tally) : acknowledged;
  }

  /** Everything before this place arrived. */
  get acknowledged(): Cursor {
    return this.#acknowledged;
  }

  /** The up to 64 bytes before that place, one character each. */
  get tail(): string {
    return this.#tail;
  }

  /** Whether nothing is on its way. */
  get settled(): boolean {
    return this.#pending === undefined;
  }

  /**
   * Notes a stretch that goes out; they are noted in the order of the file.
   * @param bytes what it holds; it is not kept.
   */
  add(end: Cursor, tail: string, bytes: Buffer): Segment {
    this.#tally = tallied(this.#tally, bytes);
    const segment: Segment = {
      ledger: this,
      end: talliedAt(end, this.#tally),
      tail,
      length: bytes.length,
      acknowledged: false,
    };
    if (this.#pending === undefined) this.#pending = [segment];
    else this.#pending.push(segment);
    return segment;
  }

  /** Notes that a stretch arrived. */
  acknowledge(segment: Segment): void {
    segment.acknowledged = true;
    const pending = this.#pending ?? [];
    let count = 0;
    for (const candidate of pending) {
      if (!candidate.acknowledged) break;
      this.#acknowledged = candidate.end;
      this.#tail = candidate.tail;
      count += 1;
    }
    if (count < pending.length) pending.splice(0, count);
    else this.#pending = undefined;
  }
}

/** The place with a tally. Written out, it takes half of the memory of a spread. */
function talliedAt({ offset, piece }: Cursor, tally: Tally): Cursor {
  return piece === undefined ? { offset, tally } : { offset, piece, tally };
}
