import type { Cursor, Piece } from '../follow/cursor.ts';

/** What else is known to come of a file: anything, no further line of its last record, or not even the end of its last line. */
export type Final = 'no' | 'record' | 'line';

/** So many bytes of a file are given in one go where it has them; or `LOGS_MAX_LINE` and two, if that is more. */
export const leastStretch = 256 * 1024;

/** Bytes of a file that are to become records: `chunk[from, to)`. */
export interface Stretch {
  readonly chunk: Buffer;
  readonly from: number;
  readonly to: number;
  /** The place in the file of `chunk[from]`. */
  readonly cursor: Cursor;
  readonly final: Final;
  /** When they were read. */
  readonly time: Date;
}

/** What came of a call; one object is used again and again, so that the hot path allocates nothing. */
export interface Progress {
  /** Bytes that are done with: in the output, or left out on purpose. It ends where a record ends, or a piece of one. */
  consumed: number;
  /** Set where that is inside of an overlong record. */
  piece: Piece | undefined;
  /** Bytes of output. */
  written: number;
  /** Records in it. */
  records: number;
  /** Ill-formed UTF-8 sequences that became U+FFFD. */
  repaired: number;
  /** Records that were left out by a filter. */
  filtered: number;
  /**
   * Why it went no further: the bytes are all done with, or the next call goes on; what is left is no whole record yet; the output has no more room; the
   * next record belongs to another {@link Recorder.group}.
   */
  stop: 'end' | 'more' | 'room' | 'group';
  /** With `room` and nothing consumed: how many bytes the next record takes at the most. */
  need: number;
}

/**
 * Makes records of the bytes of one file, for one sink. It may know what it read before, such as the beginning of a stack trace; then it is asked for bytes in
 * the order of the file, each of them once but for those that were not consumed.
 */
export interface Recorder {
  /** What the batch has to say before the records that come next, where the format has a frame. */
  readonly group: Uint8Array | undefined;
  /** Whether whole lines were left in the last call, which are a record unless another line goes on with it. */
  readonly holds: boolean;
  /** Writes records into `output` from `at` on, and stops before the first that does not fit before `end`. */
  record(stretch: Stretch, output: Buffer, at: number, end: number, progress: Progress): void;
}

/** A progress of nothing. */
export function noProgress(): Progress {
  return { consumed: 0, piece: undefined, written: 0, records: 0, repaired: 0, filtered: 0, stop: 'end', need: 0 };
}
