import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import type { Entry } from '../archive/entry.ts';
import { compareNames } from './name-order.ts';

// The format of the file: https://sqlite.org/fileformat2.html
const magic = Buffer.from('SQLite format 3\0', 'latin1');
const leastPage = 512;

/** What the first bytes of a SQLite database tell. */
export interface SqliteHeader {
  /** Of a page, in bytes. */
  readonly pageSize: number;
  /** Whether changes go to a file beside it first (`-wal`), and so may be missing here. */
  readonly writeAhead: boolean;
}

/** Whether an entry can be a database at all: those are made of pages. It spares opening nearly every other file. */
export function mayBeSqlite({ type, size }: Pick<Entry, 'type' | 'size'>): boolean {
  return (type === 'file' || type === 'hardlink') && size % leastPage === 0 && (size > 0 || type === 'hardlink');
}

/** Reads the header of a database. @returns undefined where the bytes are the first ones of something else. */
export function parseSqliteHeader(bytes: Buffer): SqliteHeader | undefined {
  if (bytes.length < 20 || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const pageSize = bytes.readUInt16BE(16);
  return { pageSize: pageSize === 1 ? 65_536 : pageSize, writeAhead: bytes[18] === 2 || bytes[19] === 2 };
}

/**
 * Looks whether the file is a SQLite database. No connection of this process may have it open: closing it here would release its locks.
 * @returns undefined where it is none, or cannot be read.
 */
export function readSqliteHeader(path: Buffer): SqliteHeader | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(20);
      return readSync(file, bytes, 0, bytes.length, 0) === bytes.length ? parseSqliteHeader(bytes) : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    // who reads all of it will tell what is wrong
    return undefined;
  }
}

/**
 * The size of the log of changes beside a database (`-wal`), in bytes; undefined where there is none. Who opens a database in WAL mode makes one,
 * and the last who closes it removes it.
 */
export function writeAheadLog(path: Buffer): number | undefined {
  try {
    return lstatSync(Buffer.concat([path, Buffer.from('-wal')]), { throwIfNoEntry: false })?.size;
  } catch {
    return undefined;
  }
}

/**
 * Whether changes may wait beside a database that are not in it yet. It then has to be copied though nothing about the file itself changed:
 * a writer changes the file only now and then, when it moves those changes over.
 */
export function hasPendingChanges(path: Buffer): boolean {
  return (writeAheadLog(path) ?? 0) > 0;
}

const suffixes = ['-journal', '-shm', '-wal'].map((suffix) => Buffer.from(suffix));

/** The files beside databases that were copied whole. They stay out of the archive: beside the copy they would damage it when it is opened. */
export class Companions {
  readonly #names = new Map<string, Buffer>();

  /** A database of this name was copied. Names come in the order of the walk, in which what belongs to it comes later. */
  copied(name: Buffer): void {
    for (const [key, companion] of this.#names) if (compareNames(companion, name) < 0) this.#names.delete(key);
    for (const suffix of suffixes) {
      const companion = Buffer.concat([name, suffix]);
      this.#names.set(companion.toString('latin1'), companion);
    }
  }

  /** Whether this is a file beside a database that was copied. */
  has(name: Buffer): boolean {
    return this.#names.size > 0 && this.#names.has(name.toString('latin1'));
  }
}
