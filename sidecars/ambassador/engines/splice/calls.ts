import { errnos } from '#shared/linux/errno.ts';
import type { Libc } from '#shared/linux/libc.ts';

/** What a call gives instead of a number of bytes: that the descriptor blocks, or that its connection is gone for good. */
export const BLOCKED = -1;
export const BROKEN = -2;

const SPLICE_FLAGS = 3; // SPLICE_F_MOVE | SPLICE_F_NONBLOCK

/** What a socket says once when its peer is gone for good. */
const resets = new Set<number>([
  errnos.ECONNRESET,
  errnos.EPIPE,
  errnos.ETIMEDOUT,
  errnos.ECONNABORTED,
  errnos.EHOSTUNREACH,
  errnos.ENETUNREACH,
]);

/** How often a call is repeated that fails for another reason than that it would block. */
const repeats = 2;

/**
 * The calls that move bytes. One that failed is repeated before its errno is believed: inside a worker it may be another call's
 * (see {@link Libc}). But a reset is told once: behind it a read finds the end, and splice as well. An EAGAIN is believed
 * at once; a wrong one would hide a reset, of which epoll tells too. `npm run soak -- errno` holds this against 10^8 failures.
 */
export class Calls {
  readonly #libc: Libc;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Reads up to `length` bytes; 0 is the end of the stream. */
  read(fd: number, address: bigint, length: number): number {
    let reset = false;
    for (let attempt = 0; ; attempt += 1) {
      const got = this.#libc.read(fd, address, length);
      if (got >= 0) return got === 0 && reset ? BROKEN : got;
      const errno = this.#libc.errno();
      if (errno === errnos.EAGAIN) return BLOCKED;
      if (attempt >= repeats && errno !== errnos.EINTR) return BROKEN;
      reset ||= resets.has(errno);
    }
  }

  /** Writes as many of `length` bytes as are taken at once. */
  write(fd: number, address: bigint, length: number): number {
    for (let attempt = 0; ; attempt += 1) {
      const sent = this.#libc.write(fd, address, length);
      if (sent >= 0) return sent;
      const errno = this.#libc.errno();
      if (errno === errnos.EAGAIN) return BLOCKED;
      if (attempt >= repeats && errno !== errnos.EINTR) return BROKEN;
    }
  }

  /** Moves up to `length` bytes into a pipe or out of one; 0 is the end of the stream, or urgent data at its head. */
  splice(from: number, to: number, length: number): number {
    let reset = false;
    for (let attempt = 0; ; attempt += 1) {
      const moved = this.#libc.splice(from, 0n, to, 0n, length, SPLICE_FLAGS);
      if (moved >= 0) return moved === 0 && reset ? BROKEN : moved;
      const errno = this.#libc.errno();
      if (errno === errnos.EAGAIN) return BLOCKED;
      if (attempt >= repeats && errno !== errnos.EINTR) return BROKEN;
      reset ||= resets.has(errno);
    }
  }
}
