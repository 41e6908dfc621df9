import { crc32 } from 'node:zlib';

/** What bytes of a file were, from some place in it up to another: enough to find out later whether they are the same still. */
export interface Tally {
  /** Offset of the first of them: 0, or where the reading began. */
  readonly since: number;
  /** Line feeds among them. */
  readonly lines: number;
  /** Their CRC-32, as of zlib and gzip (RFC 1952, section 8). */
  readonly crc: number;
}

/** The tally of no bytes, at a place in a file. */
export function tallyFrom(since: number): Tally {
  return { since, lines: 0, crc: 0 };
}

/** The tally with more bytes, which follow the others. */
export function tallied({ since, lines, crc }: Tally, bytes: Buffer): Tally {
  let found = lines;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) found += 1;
  return { since, lines: found, crc: crc32(bytes, crc) };
}

const lineFeed = 0x0a;
