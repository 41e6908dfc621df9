import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Sighting } from '../discover/scan.ts';
import type { Position } from '../remember/position.ts';
import { type Beginning, type Compressed, unknownSize } from './compressed.ts';
import { beginning, type Cursor } from './cursor.ts';
import { descriptors } from './descriptors.ts';
import { Ledger } from './ledger.ts';
import { bytesAt, headOf, latin1, type Mark, markOf, tailBytes } from './mark.ts';
import { sameBirth } from './resume.ts';

/** Where a file stands: under a name that is followed, moved away by a rotation, or without a name. */
export type Standing = 'named' | 'rotated' | 'deleted';

/**
 * One file that is followed: an inode, whatever it is called. Its descriptor is kept while there are bytes to ship,
 * so that neither a rename nor a deletion takes them away.
 */
export class Followed {
  readonly id: string;
  /** When the file was made, in milliseconds since 1970, or 0: tells apart two files that had the same inode. */
  readonly born: number;
  /** The name in its records: the one under which it was first found. It stays when the file is rotated. */
  readonly label: string;
  /** Where it was last seen. */
  path: string;
  standing: Standing;
  /** Bytes it had when last looked at. */
  size: number;
  /** When it was last written, as of then, in milliseconds since 1970. */
  #modified: number;
  /** How far it was read. */
  cursor: Cursor;
  /** Bytes behind the cursor that are an unfinished line, and need not be read again until there are more. */
  unfinished = 0;
  /** Its first up to 256 bytes, as far as they were read; one character each, as an array of so many would cost three times the memory. */
  head: string;
  /** The up to 64 bytes before the cursor, likewise. */
  tail: string;
  ledger: Ledger;
  /** While the pump has it in its hands: up to which offset its bytes are in memory. The descriptor stays open for so long. */
  heldTo: number | undefined;
  /** Set where it is compressed: then its size and all places are of what it holds. */
  readonly compressed: Compressed | undefined;
  /** True while nobody can tell what is in it, until it is looked at again. */
  paused = false;
  /** True once it is followed no longer. */
  gone = false;
  /** When it was first seen without a name, in milliseconds since 1970. */
  deletedAt: number | undefined;
  /** True where it was written without getting longer: it may have been written anew, to the same length. An empty one was emptied. */
  suspect = false;
  /** True once it was found smaller than before, until it is begun again. */
  shrunk = false;
  /** When it was met, in milliseconds since 1970. */
  readonly metAt = Date.now();
  /** When it last grew, was renamed or was read, in milliseconds since 1970. */
  activeAt = Date.now();
  /** Since when it has had bytes that are not acknowledged, in milliseconds since 1970; without meaning where it has none. */
  behindSince: number | undefined;
  #fd: number | undefined;

  constructor(
    sighting: Sighting,
    label: string,
    fd: number,
    cursor: Cursor = beginning,
    { ledger, life, compressed }: { ledger?: Ledger | undefined; life?: string | undefined; compressed?: Compressed } = {},
  ) {
    this.id = sighting.id;
    this.born = sighting.born;
    this.path = sighting.path;
    this.label = label;
    this.standing = sighting.path === label && compressed === undefined ? 'named' : 'rotated';
    this.size = compressed === undefined ? sighting.size : unknownSize;
    this.#modified = sighting.modified;
    this.#fd = fd;
    descriptors.opened();
    this.cursor = cursor;
    this.compressed = compressed;
    this.head = compressed === undefined ? headOf(fd) : '';
    const length = Math.min(tailBytes, cursor.offset);
    this.tail = latin1(bytesAt(fd, cursor.offset - length, length));
    this.ledger = ledger ?? new Ledger(cursor, this.tail, life);
  }

  /** The open descriptor, or undefined where it was closed for want of activity. */
  get fd(): number | undefined {
    return this.#fd;
  }

  /** Bytes that are not acknowledged yet. */
  get lag(): number {
    if (this.size === unknownSize) return this.onDisk;
    return Math.max(0, this.size - this.ledger.acknowledged.offset);
  }

  /** Bytes that it takes on the disk. */
  get onDisk(): number {
    return this.compressed?.size ?? this.size;
  }

  /** Bytes that are on the disk alone. */
  get unread(): number {
    if (this.size === unknownSize) return this.onDisk;
    return Math.max(0, this.size - (this.heldTo ?? this.cursor.offset));
  }

  /** Whether there is something to read, or to look at once more. */
  get readable(): boolean {
    return !this.paused && (this.suspect || this.size > this.cursor.offset + this.unfinished);
  }

  /** Whether every byte was read and acknowledged, save an unfinished last line. */
  get shipped(): boolean {
    return !this.paused && !this.readable && this.ledger.settled;
  }

  /** The place up to which it was read. */
  get mark(): Mark {
    return markOf(this.cursor.offset, this.head, this.tail);
  }

  /** What is to be remembered of it. */
  position(now = Date.now()): Position {
    const { acknowledged, tail, life } = this.ledger;
    const mark = markOf(acknowledged.offset, this.head, tail);
    return {
      id: this.id,
      born: this.born,
      path: this.label,
      rotated: this.standing !== 'named',
      cursor: acknowledged,
      mark,
      ...(life === undefined ? {} : { life }),
      seenAt: now,
    };
  }

  /** Notes what was seen of it. */
  seen({ size, modified }: Pick<Sighting, 'size' | 'modified'>, now = Date.now()): void {
    if (this.compressed !== undefined) {
      this.paused = false;
      if (this.compressed.seen({ size, modified }, now)) this.size = unknownSize;
      return;
    }
    if (size === this.size && modified !== this.#modified) {
      if (size > 0) this.suspect = true;
      else this.shrunk = true;
    }
    // a number that is stored anew is new garbage each time, of ten thousand files at each scan
    if (modified !== this.#modified) this.#modified = modified;
    this.grown(size, now);
  }

  /** Notes its size. */
  grown(size: number, now = Date.now()): void {
    if (size !== this.size) this.activeAt = now;
    if (size < this.size || size < this.cursor.offset) this.shrunk = true;
    // what it had before was all acknowledged: it falls behind anew
    if (this.lag === 0) this.behindSince = undefined;
    if (size !== this.size) this.size = size;
    if (this.lag > 0) this.behindSince ??= now;
  }

  /** Notes that it may have been written: whoever reads it finds out. */
  touched(): void {
    // of one that is compressed each scan finds out
    if (this.compressed === undefined) this.suspect = true;
  }

  /** Looks at the open file: its size, and whether it still has a name. @throws the system's error. */
  look(now = Date.now()): void {
    if (this.#fd === undefined) return;
    const { size, mtimeMs: modified, nlink } = fstatSync(this.#fd);
    if (nlink === 0 && this.deletedAt === undefined) {
      this.standing = 'deleted';
      this.deletedAt = now;
      this.activeAt = now;
    }
    this.seen({ size, modified }, now);
  }

  /**
   * Opens it again where it was closed.
   * @returns false where another file stands under its name by now.
   * @throws the system's error where it cannot be opened.
   */
  open(): boolean {
    if (this.#fd !== undefined) return true;
    if (!descriptors.free) return false;
    const fd = openSync(this.path, 'r');
    const { dev, ino, birthtimeMs } = fstatSync(fd);
    // one that was given the inode is another file, too: read by this one, the next scan would meet it as new, and it would be read twice
    if (`${dev}:${ino}` !== this.id || !sameBirth(this.born, birthtimeMs)) {
      closeSync(fd);
      return false;
    }
    this.#fd = fd;
    descriptors.opened();
    return true;
  }

  /** Closes it, when the pump is done with it. */
  close(): void {
    if (this.#fd === undefined || this.heldTo !== undefined) return;
    this.compressed?.close();
    closeSync(this.#fd);
    descriptors.closed();
    this.#fd = undefined;
  }

  /** Closes it until there is more, and forgets what is easily made anew. Only where all of it is shipped. */
  rest(): void {
    this.close();
    // inside of an overlong record it knows more than a new one would
    if (this.cursor.piece === undefined) this.ledger.recorder = undefined;
  }

  /** Moves the cursor behind bytes that were read; `tail` are the up to 64 bytes before it, one character each. */
  advance(cursor: Cursor, tail: string): void {
    this.cursor = cursor;
    this.tail = tail;
    this.unfinished = 0;
    this.activeAt = Date.now();
  }

  /** Begins in what it holds, where it is compressed. */
  begin({ cursor, head, tail, life, ledger }: Beginning): void {
    this.cursor = cursor;
    this.head = head;
    this.tail = tail;
    this.ledger = ledger ?? new Ledger(cursor, tail, life);
  }

  /** Begins again at the start, because the file was truncated. What is still on its way no longer counts for it. */
  restart(): void {
    this.cursor = beginning;
    this.unfinished = 0;
    this.head = '';
    this.tail = '';
    this.ledger = new Ledger();
    // what was seen of it is of before it was truncated
    if (this.compressed !== undefined) this.size = unknownSize;
    else if (this.#fd !== undefined) ({ size: this.size, mtimeMs: this.#modified } = fstatSync(this.#fd));
    this.shrunk = false;
    this.behindSince = this.size > 0 ? Date.now() : undefined;
    this.activeAt = Date.now();
  }
}
