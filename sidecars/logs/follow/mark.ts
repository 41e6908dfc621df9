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

/** Makes the mark of a place from the start of the file, as {@link headOf} gives it, and the up to 64 bytes before the place, one character each. */
export function markOf(offset: number, head: string, tail: string): Mark {
  return { offset, headLength: head.length, head: fingerprint(bytesOf(head)), tail: fingerprint(bytesOf(tail)) };
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** The first up to 256 bytes of a file, one character each. @throws the system's error. */
export function headOf(fd: number): string {
  return latin1(bytesAt(fd, 0, headBytes));
}

/** Bytes, one character each: few of them take a third of the memory of an array. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
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
  // a view would keep memory of its own, apart from the heap: there may be ten thousand of these
  return read === length ? bytes : bytes.slice(0, read);
}

/** A hash of bytes, as marks have them. */
export function fingerprint(bytes: Uint8Array): string {
  // of a copy: an array that lies in the heap is given memory of its own to be hashed, for as long as it lives
  return hash('sha256', Buffer.from(bytes), 'base64url').slice(0, 22);
}
