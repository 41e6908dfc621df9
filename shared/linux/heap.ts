import { openLibc } from './libc.ts';

/** malloc.h */
const M = { TRIM_THRESHOLD: -1, MMAP_THRESHOLD: -3 } as const;
/** The most that glibc takes (DEFAULT_MMAP_THRESHOLD_MAX). */
const largest = 32 * 2 ** 20;

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

/**
 * Has the C library keep memory that was freed for the next that is asked for, instead of giving it back to the system each time: of what
 * goes through buffers of a MiB, pages that come anew took 6 to 18 % of the time. For a process that works and ends; it then takes as much
 * as it needed at its peak until its end.
 * @returns whether it was done; without FFI it is not.
 * @see https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
export function keepFreedMemory(): boolean {
  try {
    const { mallopt } = openLibc();
    return mallopt(M.MMAP_THRESHOLD, largest) === 1 && mallopt(M.TRIM_THRESHOLD, 4 * largest) === 1;
  } catch {
    // which costs time and nothing else
    return false;
  }
}
