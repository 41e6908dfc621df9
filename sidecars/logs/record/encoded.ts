import { worstGrowth } from './escape.ts';
import type { Envelope } from './format.ts';
import type { Joiner } from './multiline/joiner.ts';
import type { Final } from './recorder.ts';

/** Lines that are to become records: `chunk[from, to)`. A line ends with LF or CRLF, which are not part of it. */
export interface Lines {
  readonly chunk: Buffer;
  readonly from: number;
  readonly to: number;
  /** With `line`, the last line ends with `to`. With `record` and `line`, no other line goes on with the last whole one. */
  readonly final: Final;
  /** Bytes of the longest line, and of the longest record of joined lines, without the line end. */
  readonly maxLine: number;
}

/** Where records are written: `output[at, end)`. */
export interface Room {
  readonly output: Buffer;
  readonly at: number;
  readonly end: number;
}

/** What an encoding run did; one object is used again and again, so that the hot path allocates nothing. */
export interface Encoded {
  /** Bytes of input that are in the output, whole records only. */
  consumed: number;
  /** Bytes of output. */
  written: number;
  /** Records made. */
  records: number;
  /** Ill-formed UTF-8 sequences that became U+FFFD. */
  repaired: number;
  /**
   * Why it went no further: nothing is left; what is left is the beginning of a line; or a record that a further line may go on with; the output has no more
   * room; what is left begins with a line longer than `maxLine`; or the next record belongs to another group.
   */
  stop: (typeof stops)[number];
}

/** All reasons to stop, in the order of their numbers. */
export const stops = ['end', 'more', 'held', 'room', 'long', 'group'] as const;

/**
 * Encodes lines as records, each wrapped in the envelope. Text that is valid UTF-8 stays as it is, ill-formed sequences become U+FFFD, one for each maximal
 * subpart (Unicode 17, section 3.9, as TextDecoder does). With a joiner, lines are joined to one record, with LF between them.
 * Stops before the first record that does not fit with six bytes to spare: `result.consumed` tells where to go on. A stamp in the prefix is counted on for
 * each record.
 */
export type Encode = (lines: Lines, room: Room, envelope: Envelope, joiner: Joiner | undefined, result: Encoded) => void;

/** The result of nothing. */
export function nothingEncoded(): Encoded {
  return { consumed: 0, written: 0, records: 0, repaired: 0, stop: 'end' };
}

/** Bytes that a record takes at the most, of so many bytes of lines. */
export function mostBytes({ prefix, suffix }: Envelope, bytes: number): number {
  return prefix.length + suffix.length + worstGrowth * (bytes + 1);
}
