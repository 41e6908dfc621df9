import { read } from 'node:fs';
import { promisify } from 'node:util';
import type { Followed } from './followed.ts';
import { bytesAt, headBytes, tailBytes } from './mark.ts';

const readAsync = promisify(read);

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
  const { bytesRead } = await readAsync(fd, buffer, 0, buffer.length, cursor.offset - tail.length);
  // a scan noticed meanwhile that it was truncated: nobody knows whether these bytes are old or new
  if (file.ledger !== ledger) return nothing;
  const same = bytesRead >= tail.length && buffer.subarray(0, tail.length).equals(tail);
  if (!same || !sameHead(file, fd)) return { truncated: true };
  return { truncated: false, from: tail.length, to: bytesRead };
}

/** The up to 64 bytes before `index`, of a chunk that begins with those before the cursor. A copy: the buffer is used again. */
export function tailBefore(buffer: Buffer, index: number): Uint8Array {
  return Uint8Array.prototype.slice.call(buffer, Math.max(0, index - tailBytes), index);
}

/** Compares the start of the file with what it was, and takes more of it until 256 bytes are known. */
function sameHead(file: Followed, fd: number): boolean {
  const known = file.head;
  const head = bytesAt(fd, 0, headBytes);
  if (head.length < known.length || Buffer.compare(known, head.subarray(0, known.length)) !== 0) return false;
  if (head.length > known.length) file.head = head;
  return true;
}
