import type { Format, LogRecord } from './format.ts';
import type { Progress } from './recorder.ts';

const nowhere = Buffer.alloc(0);

/** Writes records of one file in the format of a sink. */
export class RecordWriter {
  /** To which group the records belong that may be written now. */
  group: Uint8Array | undefined;
  readonly #label: string;
  readonly #format: Format;
  readonly #groups = new Map<string | undefined, Uint8Array>();
  #output: Buffer = nowhere;
  #from = 0;
  #at = 0;

  constructor(label: string, format: Format) {
    this.#label = label;
    this.#format = format;
    this.group = this.#groupOf(undefined);
  }

  /** Bytes that were written since it began. */
  get written(): number {
    return this.#at - this.#from;
  }

  /** Begins to write into `output[at, end)`. */
  begin(output: Buffer, at: number, end: number): void {
    this.#output = end < output.length ? output.subarray(0, end) : output;
    this.#from = this.#at = at;
  }

  /** Whether records of a stream may be written now; if not, they may be the next to be written. */
  enter(stream: string | undefined): boolean {
    const group = this.#groupOf(stream);
    const isOpen = group === this.group;
    this.group = group;
    return isOpen;
  }

  /** Writes all of some records, or none: then `need` is what they take at the most. @returns whether there was room. */
  write(records: readonly LogRecord[], progress: Progress): boolean {
    const { repaired } = progress;
    let at = this.#at;
    for (const record of records) {
      const length = this.#format.write(record, this.#output, at, progress);
      if (length < 0) {
        progress.repaired = repaired;
        progress.need = records.reduce((sum, one) => sum + this.#most(one), 0);
        return false;
      }
      at += length;
    }
    this.#at = at;
    progress.records += records.length;
    return true;
  }

  /** What a record takes at the most: told where there is no room at all. */
  #most(record: LogRecord): number {
    return -this.#format.write(record, nowhere, 0, { repaired: 0 });
  }

  #groupOf(stream: string | undefined): Uint8Array | undefined {
    const { frame } = this.#format;
    return frame && this.#groups.getOrInsertComputed(stream, () => frame.open(this.#label, stream));
  }
}
