import { type Final, leastStretch, noProgress, type Recorder } from '../record/recorder.ts';
import type { Batch } from '../ship/batch.ts';
import type { Shipper } from '../ship/shipper.ts';
import type { Cursor, Piece } from './cursor.ts';
import type { Followed } from './followed.ts';
import type { Ledger } from './ledger.ts';
import { tailBytes } from './mark.ts';
import type { ObjectPlan } from './objects.ts';
import { readChunk, tailBefore } from './read.ts';
import type { FileTable } from './table.ts';

/** Why a file is read that has nothing to wait for: we stop, or nothing more will be written to it. */
export type Ending = 'stopping' | 'over';

/** Bytes of a file in memory, of which those before `from` are in batches. */
export interface Reading {
  readonly file: Followed;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  from: number;
  readonly to: number;
  /** The place in the file of `from`. */
  cursor: Cursor;
  /** Whether the file had no more. */
  readonly atEnd: boolean;
  readonly final: Final;
  readonly time: Date;
}

/** What a reader is told of the settings. */
export interface ReaderOptions {
  readonly maxLine: number;
  /** Milliseconds after which the unfinished last line of a rotated or deleted file is taken for a whole one. */
  readonly linger: number;
  /** Milliseconds after which the last record of a file is taken for a whole one, where a further line could go on with it. */
  readonly multilineWait: number;
  /** When the lines of a file become a batch of their own; where it is not given, batches hold lines of several files, as they come. */
  readonly objects?: ObjectPlan | undefined;
  /** Makes what turns the bytes of a file into records. */
  readonly recorder: (file: Followed) => Recorder;
  /** So many ill-formed sequences were repaired, and records left out. */
  readonly changed: (counts: { readonly repaired: number; readonly filtered: number }) => void;
  /** Bytes of a file became records: `chunk[from, to)`. They are not to be kept. */
  readonly passed?: ((file: Followed, chunk: Buffer, from: number, to: number) => void) | undefined;
  /** Bytes were done with of which nothing is sent. */
  readonly skipped: () => void;
}

/**
 * Reads chunks of files, and makes records of them in batches. One buffer holds what was read: a chunk is to be done with before the next is read.
 */
export class Reader {
  readonly #table: FileTable;
  readonly #shipper: Shipper;
  readonly #options: ReaderOptions;
  readonly #buffer: Buffer;
  readonly #progress = noProgress();

  constructor(table: FileTable, shipper: Shipper, options: ReaderOptions) {
    this.#table = table;
    this.#shipper = shipper;
    this.#options = options;
    // a line of the greatest length, its line end, and one byte that shows that it is too long
    this.#buffer = shipper.readInto(tailBytes + Math.max(leastStretch, options.maxLine + 2));
  }

  /** Milliseconds until what is left at the end of a file is taken for all that there will be of it; Infinity where it is not. */
  finalIn(file: Followed, now = Date.now()): number {
    const { linger, multilineWait } = this.#options;
    if (file.unfinished === 0) return Number.POSITIVE_INFINITY;
    const line = file.standing === 'named' ? Number.POSITIVE_INFINITY : linger;
    const record = file.ledger.recorder?.holds ? multilineWait : Number.POSITIVE_INFINITY;
    return Math.max(0, file.activeAt + Math.min(line, record) - now);
  }

  /** How much of what is left at the end of a file is all that there will be of it. */
  #finality(file: Followed): Final {
    if (this.finalIn(file) > 0) return 'no';
    return file.standing !== 'named' && Date.now() - file.activeAt >= this.#options.linger ? 'line' : 'record';
  }

  /** Reads one chunk of a file. @returns undefined where it does not hold any more what it did. @throws the system's error. */
  async read(file: Followed, ending: Ending | undefined): Promise<Reading | undefined> {
    const buffer = this.#buffer;
    file.suspect = false;
    if (file.shrunk) this.#table.truncated(file);
    const chunk = await readChunk(file, buffer);
    if (chunk.truncated) {
      this.#table.truncated(file);
      return undefined;
    }
    const { ledger, cursor } = file;
    const { from, to } = chunk;
    file.heldTo = cursor.offset + to - from;
    const atEnd = to < buffer.length;
    ledger.recorder ??= this.#options.recorder(file);
    const { recorder } = ledger;
    return {
      file,
      ledger,
      recorder,
      from,
      to,
      cursor,
      atEnd,
      final: this.#finalOf(file, to - from, atEnd, ending),
      time: new Date(),
    };
  }

  /** How much is known of what follows so many bytes that were just read. */
  #finalOf(file: Followed, bytes: number, atEnd: boolean, ending: Ending | undefined): Final {
    if (!atEnd) return 'no';
    if (ending === 'over') return 'line';
    // what came this moment may go on, however long it was quiet before
    return bytes > file.unfinished ? 'no' : this.#finality(file);
  }

  /** Makes records of what was read in a batch. @returns whether that was all; else the batch has no more room. */
  put(reading: Reading, batch: Batch): boolean {
    const { file, recorder, to, final, time } = reading;
    const buffer = this.#buffer;
    const progress = this.#progress;
    while (reading.from < to) {
      const { from, cursor } = reading;
      const lacking = batch.enter(recorder.group);
      if (lacking === 0)
        recorder.record({ chunk: buffer, from, to, cursor, final, time }, batch.room, batch.length, batch.end, progress);
      if (lacking > 0 || (progress.stop === 'room' && progress.consumed === 0)) {
        if (batch.records > 0) return false;
        batch.grow(lacking > 0 ? lacking : progress.need);
        continue;
      }
      if (progress.consumed > 0) {
        this.#options.passed?.(file, buffer, from, from + progress.consumed);
        reading.from += progress.consumed;
        reading.cursor = behind(cursor, progress.consumed, progress.piece);
        this.#note(reading, batch);
      }
      if (progress.stop === 'more') break;
    }
    return true;
  }

  /** Notes in batch and file what the last progress did. */
  #note({ file, ledger, from, cursor }: Reading, batch: Batch): void {
    const { consumed, written, records, repaired, filtered } = this.#progress;
    const tail = tailBefore(this.#buffer, from);
    const segment = ledger.add(cursor, tail, this.#buffer.subarray(from - consumed, from));
    if (file.ledger === ledger) file.advance(segment.end, tail);
    if (repaired > 0 || filtered > 0) this.#options.changed({ repaired, filtered });
    if (this.#options.objects !== undefined) {
      // an object begins where the one before ended, whatever is left out of it
      batch.add(file.id, segment, written, records);
    } else if (records === 0 && batch.records === 0) {
      // nothing is sent of it, and so nothing is to be waited for
      ledger.acknowledge(segment);
      this.#options.skipped();
    } else {
      batch.add(file.id, segment, written, records);
      this.#shipper.filled();
    }
  }

  /** Notes in the file what of a chunk is no whole record yet. */
  leave({ file, ledger, from, to, atEnd }: Reading): void {
    if (file.ledger !== ledger || !atEnd) return;
    file.unfinished = to - from;
    const end = file.cursor.offset + file.unfinished;
    if (end > file.size) file.grown(end);
    // it grew since it was read, or what was seen of it is out of date: only the file itself can tell
    else if (end < file.size) file.look();
  }
}

function behind({ offset }: Cursor, bytes: number, piece: Piece | undefined): Cursor {
  return piece === undefined ? { offset: offset + bytes } : { offset: offset + bytes, piece };
}
