import { openLibc } from './libc.ts';

/**
 * Gives memory that was freed, and that the C library has kept for later, back to the system: reading and compiling a program leaves several
 * MiB of it. For who is about to sleep for long; it takes some milliseconds.
 * @returns whether it was done; without FFI it is not.
 * @see https://man7.org/linux/man-pages/man3/malloc_trim.3.html
 */
export function returnFreedMemory(): boolean {
  try {
    openLibc().malloc_trim(0n);
    return true;
  } catch {
    // which costs memory and nothing else
    return false;
  }
}
