import type { EntryType } from './entry.ts';

/** Tar is made of blocks of so many bytes. */
export const blockSize = 512;

/** The letters by which a header says what it heads. */
export const flags = {
  file: 0x30,
  hardlink: 0x31,
  symlink: 0x32,
  character: 0x33,
  block: 0x34,
  directory: 0x35,
  fifo: 0x36,
  /** Records that are about the next entry, as POSIX has them. */
  records: 0x78,
  /** Records that are about all entries. */
  globalRecords: 0x67,
  /** The name of the next entry, as GNU has it. */
  longName: 0x4c,
  /** The target of the next entry, as GNU has it. */
  longTarget: 0x4b,
} as const satisfies Record<EntryType, number> & Record<string, number>;

/** What fits into the fixed fields of a header; the rest goes to records before it. */
export const fits = {
  name: 100,
  target: 100,
  /** Highest user, group and device number. */
  id: 0o7777777,
  /** Highest size, and highest time in seconds. */
  long: 0o77777777777,
} as const;

/** The fixed fields of a header. */
export interface HeaderFields {
  readonly flag: number;
  readonly name: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly seconds: number;
  readonly target: Buffer | undefined;
  readonly major: number;
  readonly minor: number;
}

/** Where each field begins. */
const at = {
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  seconds: 136,
  checksum: 148,
  flag: 156,
  target: 157,
  magic: 257,
  major: 329,
  minor: 337,
  prefix: 345,
  end: 500,
} as const;

const magic = Buffer.from('ustar\x0000', 'latin1');
const space = 0x20;

/** Writes a header. What does not fit is cut off, or the highest that fits; a size that does not is written as GNU does. */
export function encodeHeader(into: Buffer, from: number, fields: HeaderFields): void {
  into.fill(0, from, from + blockSize);
  fields.name.copy(into, from, 0, fits.name);
  writeOctal(into, from + at.mode, 7, fields.mode);
  writeOctal(into, from + at.uid, 7, Math.min(fields.uid, fits.id));
  writeOctal(into, from + at.gid, 7, Math.min(fields.gid, fits.id));
  if (fields.size <= fits.long) writeOctal(into, from + at.size, 11, fields.size);
  else {
    into[from + at.size] = 0x80;
    into.writeBigUInt64BE(BigInt(fields.size), from + at.size + 4);
  }
  writeOctal(into, from + at.seconds, 11, Math.max(0, Math.min(fields.seconds, fits.long)));
  into[from + at.flag] = fields.flag;
  fields.target?.copy(into, from + at.target, 0, fits.target);
  magic.copy(into, from + at.magic);
  if (fields.flag === flags.character || fields.flag === flags.block) {
    writeOctal(into, from + at.major, 7, fields.major);
    writeOctal(into, from + at.minor, 7, fields.minor);
  }
  writeChecksum(into, from);
}

/** The header of what stands before an entry, which all look the same save for their size. */
export function encodeRecordsHeader(into: Buffer, from: number, flag: number, size: number): void {
  (flag === flags.records ? recordsTemplate : longTemplate).copy(into, from);
  into[from + at.flag] = flag;
  writeOctal(into, from + at.size, 11, size);
  writeChecksum(into, from);
}

/** A header that was read. */
export interface DecodedHeader extends Omit<HeaderFields, 'target'> {
  /** Without the records that may stand before it. */
  readonly name: Buffer;
  readonly target: Buffer;
}

/** Whether a block is all zeros: two of them end an archive. */
export function isZero(block: Buffer): boolean {
  return block.equals(zeroBlock);
}

/** Reads a header. @returns undefined where its checksum is wrong: it is damaged, or none. */
export function decodeHeader(block: Buffer): DecodedHeader | undefined {
  if (readOctal(block, at.checksum, 8) !== checksum(block, 0)) return undefined;
  const name = text(block, 0, fits.name);
  // GNU's own format has other things there
  const ustar = block[at.magic + 5] === 0;
  const prefix = ustar && block[at.prefix] !== 0 ? text(block, at.prefix, at.end - at.prefix) : undefined;
  return {
    flag: block[at.flag] === 0 ? flags.file : (block[at.flag] ?? 0),
    name: prefix === undefined ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    mode: readOctal(block, at.mode, 8) & 0o7777,
    uid: readOctal(block, at.uid, 8),
    gid: readOctal(block, at.gid, 8),
    size: readOctal(block, at.size, 12),
    seconds: readOctal(block, at.seconds, 12),
    target: text(block, at.target, fits.target),
    major: readOctal(block, at.major, 8),
    minor: readOctal(block, at.minor, 8),
  };
}

function text(block: Buffer, from: number, length: number): Buffer {
  const end = block.indexOf(0, from);
  return block.subarray(from, end < 0 || end > from + length ? from + length : end);
}

function writeOctal(into: Buffer, from: number, digits: number, value: number): void {
  let left = value;
  for (let place = from + digits - 1; place >= from; place -= 1) {
    const rest = Math.floor(left / 8);
    into[place] = 0x30 + (left - rest * 8);
    left = rest;
  }
}

/** A number in octal digits between spaces and NULs, or binary with its highest bit set, as GNU writes what does not fit. */
function readOctal(block: Buffer, from: number, length: number): number {
  const end = from + length;
  if (((block[from] ?? 0) & 0x80) !== 0) return readBinary(block, from, end);
  let place = from;
  while (place < end && block[place] === space) place += 1;
  let value = 0;
  for (; place < end; place += 1) {
    const digit = (block[place] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  return value;
}

function readBinary(block: Buffer, from: number, end: number): number {
  const negative = ((block[from] ?? 0) & 0x40) !== 0;
  let value = negative ? -1 : 0;
  for (let place = from; place < end; place += 1) {
    const byte = block[place] ?? 0;
    value = value * 256 + (place === from && !negative ? byte & 0x7f : byte);
  }
  return value;
}

function checksum(block: Buffer, from: number): number {
  let sum = 8 * space;
  for (let place = from; place < from + at.checksum; place += 1) sum += block[place] ?? 0;
  for (let place = from + at.flag; place < from + blockSize; place += 1) sum += block[place] ?? 0;
  return sum;
}

function writeChecksum(into: Buffer, from: number): void {
  writeOctal(into, from + at.checksum, 6, checksum(into, from));
  into[from + at.checksum + 6] = 0;
  into[from + at.checksum + 7] = space;
}

const zeroBlock = Buffer.alloc(blockSize);
const recordsTemplate = Buffer.alloc(blockSize);
const longTemplate = Buffer.alloc(blockSize);
const template = { flag: 0, mode: 0o644, uid: 0, gid: 0, size: 0, seconds: 0, target: undefined, major: 0, minor: 0 };
// the name that Python's tarfile gives them
encodeHeader(recordsTemplate, 0, { ...template, name: Buffer.from('././@PaxHeader') });
// and the name and magic that GNU tar gives these
encodeHeader(longTemplate, 0, { ...template, name: Buffer.from('././@LongLink') });
longTemplate.write('ustar  \0', at.magic, 'latin1');
