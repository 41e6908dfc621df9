import { hash } from 'node:crypto';
import type { Segment } from '../follow/ledger.ts';
import type { Frame } from '../record/format.ts';
import type { Delivery, ObjectPlace } from '../sinks/sink.ts';

const none = new Uint8Array(0);
const separator = Buffer.from(',');

/** Records on their way to the sink, of one file or of many, and what to acknowledge when they arrive. Its memory is used again and again. */
export class Batch {
  /** Room for records; `length` bytes of it are used. */
  room: Buffer;
  length = 0;
  records = 0;
  /** Bytes of files that its records were made of. */
  bytesRead = 0;
  /** Set where it is an object of its own. */
  object: ObjectPlace | undefined;
  readonly segments: Segment[] = [];
  readonly #stretches: string[] = [];
  /** The room that it has where no record is larger. */
  readonly #own: Buffer;
  readonly #frame: Frame | undefined;
  /** The group that is open. */
  #group: Uint8Array | undefined;
  /** How long it was before that group, which has no records yet and is taken back where it gets none. */
  #before: number | undefined;

  constructor(room: Buffer, frame?: Frame) {
    this.#own = room;
    this.#frame = frame;
    this.room = room;
  }

  /** Where records have to end, so that there is room for what ends the body. */
  get end(): number {
    return this.room.length - this.#reserved;
  }

  /** Bytes that the end of the body takes. */
  get #reserved(): number {
    return this.#frame === undefined ? 0 : this.#frame.close.length + this.#frame.end.length;
  }

  /**
   * Says to which group the next records belong, and writes what stands before them.
   * @returns how many more bytes of room it would take, or 0 where it is done.
   */
  enter(group: Uint8Array | undefined): number {
    const frame = this.#frame;
    if (frame === undefined || group === undefined || group === this.#group) return 0;
    this.#takeBack();
    const begin = this.records === 0 ? frame.begin : none;
    const needed = begin.length + frame.close.length + separator.length + group.length;
    if (this.length + needed > this.end) return needed;
    this.#before = this.length;
    if (this.records === 0) this.#write(begin);
    else {
      this.#close(frame);
      this.#write(separator);
    }
    this.#write(group);
    this.#group = group;
    return 0;
  }

  #write(bytes: Uint8Array): void {
    this.room.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Takes back a group without records. */
  #takeBack(): void {
    if (this.#before === undefined) return;
    this.length = this.#before;
    this.#before = undefined;
    this.#group = undefined;
  }

  /** The end of a group takes the place of what separates its last record from the next. */
  #close(frame: Frame): void {
    this.length -= 1;
    this.#write(frame.close);
  }

  /** Notes that records were written behind the others: `length` bytes, made of a stretch of the file `id`. */
  add(id: string, segment: Segment, length: number, records: number): void {
    this.segments.push(segment);
    this.#stretches.push(`${id}:${segment.end.offset - segment.length}-${segment.end.offset}`);
    this.length += length;
    this.records += records;
    if (records > 0) this.#before = undefined;
    this.bytesRead += segment.length;
  }

  /** Makes room for so many bytes of a record, which is larger than a batch; only while there are no records. */
  grow(size: number): void {
    const opened = this.room.subarray(0, this.length);
    this.room = Buffer.allocUnsafeSlow(this.length + size + this.#reserved);
    this.room.set(opened);
  }

  /** Ends the body. @returns what goes to the sink, with records in it. */
  seal(): Delivery {
    this.#takeBack();
    if (this.#frame !== undefined && this.records > 0) {
      this.#close(this.#frame);
      this.#write(this.#frame.end);
      this.#group = undefined;
    }
    return {
      id: hash('sha256', this.#stretches.join(' '), 'base64url').slice(0, 32),
      body: this.room.subarray(0, this.length),
      records: this.records,
      ...(this.object === undefined ? {} : { object: this.object }),
    };
  }

  /** Empties it for the next records. */
  clear(): void {
    this.room = this.#own;
    this.length = 0;
    this.records = 0;
    this.bytesRead = 0;
    this.object = undefined;
    this.#group = undefined;
    this.#before = undefined;
    this.segments.length = 0;
    this.#stretches.length = 0;
  }
}
