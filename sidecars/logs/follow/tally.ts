import { adlerOfNothing, sumsOf } from '../record/sums.ts';

/** What bytes of a file were, from some place in it up to another: enough to find out later whether they are the same still. */
export interface Tally {
  /** Offset of the first of them: 0, or where the reading began. */
  readonly since: number;
  /** Line feeds among them. */
  readonly lines: number;
  /** Their Adler-32, as of zlib (RFC 1950, section 8.2). */
  readonly adler: number;
}

/** The tally of no bytes, at a place in a file. */
export function tallyFrom(since: number): Tally {
  return { since, lines: 0, adler: adlerOfNothing };
}

/** The tally with more bytes, which follow the others. */
export function tallied({ since, lines, adler }: Tally, bytes: Buffer): Tally {
  const sums = sumsOf(bytes, adler);
  return { since, lines: lines + sums.lines, adler: sums.adler };
}
