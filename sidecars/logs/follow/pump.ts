import { messageOf } from '#shared/exit.ts';
import type { Log } from '#shared/log.ts';
import { type Encoded, encodeLines } from '../record/encode.ts';
import type { Envelope, Format } from '../record/envelope.ts';
import { nextSpan, type Span } from '../record/split.ts';
import type { Shipper } from '../ship/shipper.ts';
import type { Followed } from './followed.ts';
import type { Ledger } from './ledger.ts';
import { tailBytes } from './mark.ts';
import { readChunk, tailBefore } from './read.ts';
import type { FileTable } from './table.ts';

/** Bytes read from one file before another gets its turn. */
const chunkBytes = 256 * 1024;
/** No byte grows to more than this in a record: a control character becomes six. */
const worstGrowth = 6;

/** What a pump is told of the settings. */
export interface PumpOptions {
  readonly maxLine: number;
  /** Milliseconds after which the unfinished last line of a rotated or deleted file is taken for a whole one. */
  readonly linger: number;
  readonly format: Format;
  readonly log: Log;
  readonly repaired: (count: number) => void;
}

/**
 * Moves bytes from the files into batches, one file at a time, in turns. It waits where there is nothing to read,
 * and where the sink takes nothing more.
 *
 *     file → chunk → spans → records in a batch
 */
export class Pump {
  readonly #table: FileTable;
  readonly #shipper: Shipper;
  readonly #options: PumpOptions;
  readonly #buffer: Buffer;
  readonly #encoded: Encoded = { consumed: 0, written: 0, records: 0, repaired: 0 };
  readonly #ready = new Set<Followed>();
  #wake: (() => void) | undefined;

  constructor(table: FileTable, shipper: Shipper, options: PumpOptions) {
    this.#table = table;
    this.#shipper = shipper;
    this.#options = options;
    // a line of the greatest length, its line end, and one byte that shows that it is too long
    this.#buffer = Buffer.allocUnsafeSlow(tailBytes + Math.max(chunkBytes, options.maxLine + 2));
  }

  /** Says that a file may have something to read. */
  offer(file: Followed): void {
    if (file.gone || (!file.readable && !file.shrunk && !this.#isOver(file))) return;
    this.#ready.add(file);
    this.#wake?.();
  }

  /** Says it of all files. */
  offerAll(): void {
    for (const file of this.#table) this.offer(file);
  }

  /** Reads whatever is offered, until the signal aborts or a batch was given up. */
  async run(until: AbortSignal): Promise<void> {
    const wake = () => this.#wake?.();
    until.addEventListener('abort', wake);
    while (!until.aborted && !this.#shipper.gaveUp) {
      const [file] = this.#ready;
      if (file === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
        continue;
      }
      this.#ready.delete(file);
      await this.#take(file, this.#isOver(file));
      // more of it, behind the others
      if (file.readable && file.fd !== undefined) this.#ready.add(file);
    }
    until.removeEventListener('abort', wake);
  }

  /**
   * Reads each file up to the size that it has now, and no further: an application that goes on writing does not keep it.
   * @param final takes an unfinished last line for a whole one.
   * @param until ends it before that.
   */
  async drain(final: boolean, until?: AbortSignal): Promise<void> {
    // a copy that is found meanwhile is added to the table behind the others, and gets its turn
    for (const file of this.#table) {
      const { ledger, size } = file;
      while (file.cursor.offset < (file.ledger === ledger ? size : file.size) && !this.#shipper.gaveUp && !until?.aborted) {
        const { cursor } = file;
        await this.#take(file, final || this.#isOver(file));
        if (file.cursor === cursor) break;
      }
    }
  }

  /** Whether the unfinished last line of a file is all that there will be of it. */
  #isOver(file: Followed): boolean {
    return file.unfinished > 0 && file.standing !== 'named' && Date.now() - file.activeAt > this.#options.linger;
  }

  async #take(file: Followed, final: boolean): Promise<void> {
    if (file.gone) return;
    file.heldTo = file.cursor.offset;
    try {
      // what stands under its name is another file by now: the next scan tells which, and finds this one
      if (file.open()) await this.#readOnce(file, final);
    } catch (error) {
      this.#options.log.error({ file: file.path }, `cannot be read: ${messageOf(error)}; it is tried again at the next scan`);
    } finally {
      file.heldTo = undefined;
      if (file.gone) file.close();
    }
  }

  /** Reads one chunk of a file, and puts the lines in it into batches. @throws the system's error. */
  async #readOnce(file: Followed, final: boolean): Promise<void> {
    const buffer = this.#buffer;
    file.suspect = false;
    if (file.shrunk) this.#table.truncated(file);
    const chunk = await readChunk(file, buffer);
    if (chunk.truncated) {
      this.#table.truncated(file);
      return;
    }
    file.heldTo = file.cursor.offset + chunk.to - chunk.from;
    const atEnd = chunk.to < buffer.length;
    const time = new Date();
    const { ledger } = file;
    let { cursor } = file;
    let from = chunk.from;
    for (;;) {
      const span = nextSpan(buffer, from, chunk.to, cursor, this.#options.maxLine, final && atEnd);
      if (span === undefined) break;
      if (!(await this.#put(file, ledger, span, this.#envelope(file, span, time)))) return;
      from = span.to;
      cursor = span.cursor;
    }
    if (file.ledger !== ledger || !atEnd) return;
    file.unfinished = chunk.to - from;
    const end = file.cursor.offset + file.unfinished;
    if (end > file.size) file.grown(end);
    // it grew since it was read, or what was seen of it is out of date: only the file itself can tell
    else if (end < file.size) file.look();
  }

  #envelope(file: Followed, { piece }: Span, time: Date): Envelope {
    const mark = piece && { id: `${file.id}:${piece.lineStart}`, ordinal: piece.ordinal, last: piece.last };
    return this.#options.format.envelope(file.label, time, mark);
  }

  /** Encodes a span into as many batches as it takes. @returns false where the chunk is to be left: it is out of date, or nothing is sent any more. */
  async #put(file: Followed, ledger: Ledger, span: Span, envelope: Envelope): Promise<boolean> {
    const encoded = this.#encoded;
    let from = span.from;
    while (from < span.to) {
      const batch = await this.#shipper.room();
      if (batch === undefined) return false;
      // truncated while we waited: these bytes are nowhere else now, unless a copy of the file was found, which has them too
      if (file.ledger !== ledger && this.#table.owns(ledger)) return false;
      encodeLines(this.#buffer, from, span.to, batch.room, batch.length, envelope, encoded);
      if (encoded.records === 0) {
        if (batch.records > 0) this.#shipper.send();
        else batch.grow(envelope.prefix.length + envelope.suffix.length + worstGrowth * (span.to - from) + 64);
        continue;
      }
      from += encoded.consumed;
      const end = from === span.to ? span.cursor : { offset: span.cursor.offset - (span.to - from) };
      const tail = tailBefore(this.#buffer, from);
      batch.add(file.id, ledger.add(end, tail, encoded.consumed), encoded.written, encoded.records);
      if (file.ledger === ledger) file.advance(end, tail);
      if (encoded.repaired > 0) this.#options.repaired(encoded.repaired);
      this.#shipper.filled();
    }
    return true;
  }
}
