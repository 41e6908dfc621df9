import { hash } from 'node:crypto';
import { readSync } from 'node:fs';

/** How many bytes at the start of a file tell it from others. */
export const headBytes = 256;
/** How many bytes before an offset tell whether the file still holds what was read. */
export const tailBytes = 64;

/** What a file held when it was read up to an offset: enough to recognise the place in a file that may be another one by now. */
export interface Mark {
  readonly offset: number;
  /** Bytes at the start that were hashed: 256, or fewer where the file was shorter. */
  readonly headLength: number;
  readonly head: string;
  /** Hash of the up to 64 bytes before the offset. */
  readonly tail: string;
}

/** Makes the mark of a place from the bytes at the start of the file and the up to 64 bytes before the place. */
export function markOf(offset: number, head: Uint8Array, tail: Uint8Array): Mark {
  return { offset, headLength: head.length, head: fingerprint(head), tail: fingerprint(tail) };
}

/** Whether the open file holds the marked place. @throws the system's error where it cannot be read. */
export function holds(fd: number, mark: Mark): boolean {
  const head = bytesAt(fd, 0, mark.headLength);
  if (head.length < mark.headLength || fingerprint(head) !== mark.head) return false;
  const length = Math.min(tailBytes, mark.offset);
  const tail = bytesAt(fd, mark.offset - length, length);
  return tail.length === length && fingerprint(tail) === mark.tail;
}

/** Reads up to `length` bytes from `position` on; fewer where the file ends before. @throws the system's error. */
export function bytesAt(fd: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const count = readSync(fd, bytes, read, length - read, position + read);
    if (count === 0) break;
    read += count;
  }
  return bytes.subarray(0, read);
}

function fingerprint(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url').slice(0, 22);
}
