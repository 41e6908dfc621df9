import { hash } from 'node:crypto';
import type { Segment } from '../follow/ledger.ts';
import type { Delivery } from '../sinks/sink.ts';

/** Records on their way to the sink, of one file or of many, and what to acknowledge when they arrive. Its memory is used again and again. */
export class Batch {
  /** Room for records; `length` bytes of it are used. */
  room: Buffer;
  length = 0;
  records = 0;
  /** Bytes of files that its records were made of. */
  bytesRead = 0;
  readonly segments: Segment[] = [];
  readonly #stretches: string[] = [];
  readonly #size: number;

  /** @param size bytes of room. */
  constructor(size: number) {
    this.#size = size;
    this.room = Buffer.allocUnsafeSlow(size);
  }

  /** Notes that records were written behind the others: `length` bytes, made of a stretch of the file `id`. */
  add(id: string, segment: Segment, length: number, records: number): void {
    this.segments.push(segment);
    this.#stretches.push(`${id}:${segment.end.offset - segment.length}-${segment.end.offset}`);
    this.length += length;
    this.records += records;
    this.bytesRead += segment.length;
  }

  /** Makes room for a record that is larger than a batch; only while it is empty. */
  grow(size: number): void {
    this.room = Buffer.allocUnsafeSlow(size);
  }

  /** What goes to the sink. */
  get delivery(): Delivery {
    return {
      id: hash('sha256', this.#stretches.join(' '), 'base64url').slice(0, 32),
      body: this.room.subarray(0, this.length),
      records: this.records,
    };
  }

  /** Empties it for the next records. */
  clear(): void {
    if (this.room.length > this.#size) this.room = Buffer.allocUnsafeSlow(this.#size);
    this.length = 0;
    this.records = 0;
    this.bytesRead = 0;
    this.segments.length = 0;
    this.#stretches.length = 0;
  }
}
