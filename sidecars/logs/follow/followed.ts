import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Sighting } from '../discover/scan.ts';
import type { Position } from '../remember/position.ts';
import { beginning, type Cursor } from './cursor.ts';
import { Ledger } from './ledger.ts';
import { bytesAt, headBytes, type Mark, markOf, tailBytes } from './mark.ts';

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
  /** Its first up to 256 bytes, as far as they were read. */
  head: Uint8Array = new Uint8Array(0);
  /** The up to 64 bytes before the cursor. */
  tail: Uint8Array;
  ledger: Ledger;
  /** While the pump has it in its hands: up to which offset its bytes are in memory. The descriptor stays open for so long. */
  heldTo: number | undefined;
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

  constructor(sighting: Sighting, label: string, fd: number, cursor: Cursor = beginning, ledger?: Ledger) {
    this.id = sighting.id;
    this.born = sighting.born;
    this.path = sighting.path;
    this.label = label;
    this.standing = sighting.path === label ? 'named' : 'rotated';
    this.size = sighting.size;
    this.#modified = sighting.modified;
    this.#fd = fd;
    this.cursor = cursor;
    this.head = bytesAt(fd, 0, headBytes);
    const length = Math.min(tailBytes, cursor.offset);
    this.tail = bytesAt(fd, cursor.offset - length, length);
    this.ledger = ledger ?? new Ledger(cursor, this.tail);
  }

  /** The open descriptor, or undefined where it was closed for want of activity. */
  get fd(): number | undefined {
    return this.#fd;
  }

  /** Bytes that are not acknowledged yet. */
  get lag(): number {
    return Math.max(0, this.size - this.ledger.acknowledged.offset);
  }

  /** Bytes that are on the disk alone. */
  get unread(): number {
    return Math.max(0, this.size - (this.heldTo ?? this.cursor.offset));
  }

  /** Whether there is something to read, or to look at once more. */
  get readable(): boolean {
    return this.suspect || this.size > this.cursor.offset + this.unfinished;
  }

  /** Whether every byte was read and acknowledged, save an unfinished last line. */
  get shipped(): boolean {
    return !this.readable && this.ledger.settled;
  }

  /** The place up to which it was read. */
  get mark(): Mark {
    return markOf(this.cursor.offset, this.head, this.tail);
  }

  /** What is to be remembered of it. */
  position(now = Date.now()): Position {
    const { acknowledged, tail } = this.ledger;
    const mark = markOf(acknowledged.offset, this.head, tail);
    return {
      id: this.id,
      born: this.born,
      path: this.label,
      rotated: this.standing !== 'named',
      cursor: acknowledged,
      mark,
      seenAt: now,
    };
  }

  /** Notes what was seen of it. */
  seen({ size, modified }: Pick<Sighting, 'size' | 'modified'>, now = Date.now()): void {
    if (size === this.size && modified !== this.#modified) {
      if (size > 0) this.suspect = true;
      else this.shrunk = true;
    }
    this.#modified = modified;
    this.grown(size, now);
  }

  /** Notes its size. */
  grown(size: number, now = Date.now()): void {
    if (size !== this.size) this.activeAt = now;
    if (size < this.size || size < this.cursor.offset) this.shrunk = true;
    // what it had before was all acknowledged: it falls behind anew
    if (this.lag === 0) this.behindSince = undefined;
    this.size = size;
    if (this.lag > 0) this.behindSince ??= now;
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
    const fd = openSync(this.path, 'r');
    const { dev, ino } = fstatSync(fd);
    if (`${dev}:${ino}` !== this.id) {
      closeSync(fd);
      return false;
    }
    this.#fd = fd;
    return true;
  }

  /** Closes it, when the pump is done with it. */
  close(): void {
    if (this.#fd === undefined || this.heldTo !== undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Moves the cursor behind bytes that were read; `tail` are the up to 64 bytes before it. */
  advance(cursor: Cursor, tail: Uint8Array): void {
    this.cursor = cursor;
    this.tail = tail;
    this.unfinished = 0;
    this.activeAt = Date.now();
  }

  /** Begins again at the start, because the file was truncated. What is still on its way no longer counts for it. */
  restart(): void {
    this.cursor = beginning;
    this.unfinished = 0;
    this.head = new Uint8Array(0);
    this.tail = new Uint8Array(0);
    this.ledger = new Ledger();
    this.shrunk = false;
    this.behindSince = this.size > 0 ? Date.now() : undefined;
    this.activeAt = Date.now();
  }
}
