import { read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Compressed } from './compressed.ts';
import type { Followed } from './followed.ts';
import { headOf, tailBytes } from './mark.ts';

const readAsync = promisify(read);

/** What was written a moment ago is in memory: so many bytes are read without a trip to the thread pool, which costs more than they do. */
const fresh = 64 * 1024;

/** What reading a file gave: new bytes, or the finding that it no longer holds what was read before. */
export type Chunk = { readonly truncated: true } | { readonly truncated: false; readonly from: number; readonly to: number };

const nothing: Chunk = { truncated: false, from: 0, to: 0 };

/**
 * Reads what follows the cursor into `buffer`; the bytes are `buffer[from, to)`, none at the end of the file.
 * The up to 64 bytes before the cursor come in the same call and are compared, so that a file that was truncated and has
 * grown past the cursor again is noticed before a byte of it is taken for the rest of the old one.
 * @throws the system's error.
 */
export async function readChunk(file: Followed, buffer: Buffer): Promise<Chunk> {
  const { fd, cursor, tail, ledger } = file;
  if (fd === undefined) return nothing;
  if (file.compressed !== undefined) return readCompressed(file, file.compressed, buffer);
  const from = cursor.offset - tail.length;
  const few = Math.min(fresh, buffer.length);
  let bytesRead = file.size - from < few ? readSync(fd, buffer, 0, few, from) : few;
  if (bytesRead === few) ({ bytesRead } = await readAsync(fd, buffer, 0, buffer.length, from));
  // a scan noticed meanwhile that it was truncated: nobody knows whether these bytes are old or new
  if (file.ledger !== ledger) return nothing;
  if (bytesRead < tail.length || !begins(buffer, tail) || !sameHead(file, fd)) return { truncated: true };
  return { truncated: false, from: tail.length, to: bytesRead };
}

/** The same of what a compressed file holds; nothing as long as it may still be written, or nobody can tell where to begin. */
async function readCompressed(file: Followed, compressed: Compressed, buffer: Buffer): Promise<Chunk> {
  if (!compressed.begun) {
    const place = compressed.isSettled() ? await compressed.begin() : undefined;
    if (place === undefined) {
      file.paused = true;
      return nothing;
    }
    file.begin(place);
  }
  const { cursor, tail } = file;
  const from = cursor.offset - tail.length;
  const count = await compressed.read(buffer, from);
  if (count < tail.length || !begins(buffer, tail)) return { truncated: true };
  if (count < buffer.length) file.size = from + count;
  return { truncated: false, from: tail.length, to: count };
}

/** Whether a buffer begins with these bytes, one character each. */
function begins(buffer: Buffer, tail: string): boolean {
  return buffer.toString('latin1', 0, tail.length) === tail;
}

/** The up to 64 bytes before `index`, one character each, of a chunk that begins with those before the cursor. */
export function tailBefore(buffer: Buffer, index: number): string {
  return buffer.toString('latin1', Math.max(0, index - tailBytes), index);
}

/** Compares the start of the open file with what it was, and takes more of it until 256 bytes are known. @throws the system's error. */
export function sameHead(file: Followed, fd: number): boolean {
  if (file.compressed !== undefined) return true;
  const head = headOf(fd);
  if (!head.startsWith(file.head)) return false;
  if (head.length > file.head.length) file.head = head;
  return true;
}
