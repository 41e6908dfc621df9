import { messageOf } from '#shared/exit.ts';
import { ArchiveError } from './errors.ts';
import { type Before, type Header, hasSparseMap, readHeader, storedBytes } from './header.ts';
import { decodeRecords, mostRecordBytes } from './pax.ts';
import { decodeSparseMap } from './sparse-map.ts';
import { blockSize, type DecodedHeader, decodeHeader, flags, isZero } from './tar-header.ts';

/** What comes out of an archive: each entry, and then its content in pieces, as far as it has some. */
export type TarEvent =
  | { readonly type: 'entry'; readonly header: Header }
  | { readonly type: 'content'; readonly bytes: Buffer; readonly last: boolean };

/** What comes next: a header; the map of a sparse file, whose header was read; content; or what fills its last block. */
type State =
  | { readonly name: 'header' | 'content' | 'padding' }
  | { readonly name: 'map'; readonly header: DecodedHeader; readonly before: Before };

const empty = Buffer.alloc(0);
const noRecords: ReadonlyMap<string, Buffer> = new Map();
const atHeader: State = { name: 'header' };
const atContent: State = { name: 'content' };
const atPadding: State = { name: 'padding' };

/**
 * Reads tar as it comes: chunks are pushed, and events taken until there are none. It knows ustar with records and GNU's long names, as
 * they are written here and by `tar --format=posix`.
 */
export class TarParser {
  #buffer: Buffer = empty;
  #at = 0;
  /** Where in the plain archive the buffer begins. */
  #base = 0;
  #state: State = atHeader;
  /** Bytes that are still to come of the content, or of what fills its last block. */
  #left = 0;
  #padding = 0;
  #before: Before | undefined;
  /** Blocks of zeros that were seen one after the other. */
  #zeros = 0;
  #entry: { readonly name: Buffer; readonly at: number } | undefined;

  /** The entry whose content comes, or comes next to an end; undefined between entries. */
  get entry(): { readonly name: Buffer; readonly at: number } | undefined {
    return this.#state.name === 'header' ? undefined : this.#entry;
  }

  /** The entry that was begun last; undefined before the first. */
  get last(): { readonly name: Buffer; readonly at: number } | undefined {
    return this.#entry;
  }

  /** How many bytes of the plain archive were understood. */
  get position(): number {
    return this.#base + this.#at;
  }

  /** Gives the next bytes, which must not change afterwards. */
  push(chunk: Uint8Array): void {
    const rest = this.#buffer.subarray(this.#at);
    this.#base += this.#at;
    this.#at = 0;
    this.#buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }

  /** The next event; undefined where more bytes are needed. @throws ArchiveError */
  next(): TarEvent | undefined {
    for (;;) {
      const available = this.#buffer.length - this.#at;
      const state = this.#state;
      if (state.name === 'content') return available === 0 ? undefined : this.#content(Math.min(this.#left, available));
      if (state.name === 'map') return this.#sparse(state.header, state.before);
      if (state.name === 'padding') {
        const skipped = Math.min(this.#padding, available);
        this.#at += skipped;
        this.#padding -= skipped;
        if (this.#padding > 0) return undefined;
        this.#state = atHeader;
        continue;
      }
      if (available < blockSize) return undefined;
      const block = this.#buffer.subarray(this.#at, this.#at + blockSize);
      if (block[0] === 0 && isZero(block)) {
        if (this.#before !== undefined) throw this.#error('the header of an entry is missing');
        this.#at += blockSize;
        this.#zeros += 1;
        continue;
      }
      if (this.#zeros > 0) throw this.#error('something stands behind its end');
      const header = decodeHeader(block);
      if (header === undefined) throw this.#error('a header has a wrong checksum');
      if (!standsBefore(header)) {
        const event = this.#begin(header);
        if (event !== undefined) return event;
      } else if (!this.#readBefore(header, available)) return undefined;
    }
  }

  /** Says that no more comes. @throws ArchiveError where the archive is not at its end. */
  end(): void {
    if (this.#zeros >= 2 && this.#at === this.#buffer.length) return;
    const end = this.#base + this.#buffer.length;
    throw new ArchiveError(end, 'it is cut off', this.entry?.name);
  }

  #content(length: number): TarEvent {
    const bytes = this.#buffer.subarray(this.#at, this.#at + length);
    this.#at += length;
    this.#left -= length;
    const last = this.#left === 0;
    if (last) this.#state = atPadding;
    return { type: 'content', bytes, last };
  }

  /** Reads what stands before an entry's header. @returns false where not all of it is there. */
  #readBefore({ flag, size }: DecodedHeader, available: number): boolean {
    if (size > mostRecordBytes) throw this.#error(`${size} bytes of records, of which 4 MiB may be`);
    const whole = blockSize + padded(size);
    if (available < whole) return false;
    const bytes = this.#buffer.subarray(this.#at + blockSize, this.#at + blockSize + size);
    const before = this.#before ?? { at: this.position, records: noRecords };
    const end = bytes.indexOf(0);
    const name = end < 0 ? bytes : bytes.subarray(0, end);
    if (flag === flags.records) this.#before = { ...before, records: this.#understood(() => decodeRecords(bytes)) };
    else if (flag === flags.longName) this.#before = { ...before, name };
    else if (flag === flags.longTarget) this.#before = { ...before, target: name };
    this.#at += whole;
    return true;
  }

  /** Begins an entry. @returns undefined where its header is not complete without its map. */
  #begin(header: DecodedHeader): TarEvent | undefined {
    const before = this.#before ?? { at: this.position, records: noRecords };
    const stored = this.#understood(() => storedBytes(header, before));
    const sparse = hasSparseMap(before);
    const read = sparse ? undefined : this.#understood(() => readHeader(header, before, stored));
    this.#before = undefined;
    this.#at += blockSize;
    this.#left = stored;
    this.#padding = padded(stored) - stored;
    if (read === undefined) {
      this.#entry = { name: before.name ?? header.name, at: before.at };
      this.#state = { name: 'map', header, before };
      return undefined;
    }
    this.#entry = read;
    if (stored > 0) this.#state = atContent;
    return { type: 'entry', header: read };
  }

  #sparse(header: DecodedHeader, before: Before): TarEvent | undefined {
    const bytes = this.#buffer.subarray(this.#at, this.#at + this.#left);
    const map = this.#understood(() => decodeSparseMap(bytes));
    if (map === undefined || map.bytes > bytes.length) {
      if (bytes.length < this.#left) return undefined;
      throw this.#error('the map of a sparse file is cut off');
    }
    const stored = this.#left - map.bytes;
    const read = this.#understood(() => {
      const mapped = map.stretches.reduce((sum, { length }) => sum + length, 0);
      if (mapped !== stored) throw new Error(`the map of a sparse file is of ${mapped} bytes, of which ${stored} are there`);
      const sparse = readHeader(header, before, stored, map.stretches);
      if (map.end > sparse.size) throw new Error('the map of a sparse file goes on behind its end');
      return sparse;
    });
    this.#at += map.bytes;
    this.#left = stored;
    this.#entry = read;
    this.#state = stored > 0 ? atContent : atPadding;
    return { type: 'entry', header: read };
  }

  #understood<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw new ArchiveError(this.position, messageOf(error), this.entry?.name, { cause: error });
    }
  }

  #error(reason: string): ArchiveError {
    return new ArchiveError(this.position, reason, this.entry?.name);
  }
}

function standsBefore({ flag }: DecodedHeader): boolean {
  return flag === flags.records || flag === flags.longName || flag === flags.longTarget || flag === flags.globalRecords;
}

function padded(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}
