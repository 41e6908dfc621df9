import type { Libc, Mapping } from '#shared/linux/libc.ts';

/** Bytes that a pipe is asked to hold. */
const pipeBytes = 262_144;

/** How long no pipe is asked for after the kernel refused one, in milliseconds. */
const pause = 5000;

const F_SETPIPE_SZ = 1031;
const PIPE_FLAGS = 0x800 | 0x80000; // O_NONBLOCK | O_CLOEXEC

/**
 * The pipes that splice needs, used again and again. They are few: the kernel counts their pages for each user, over all containers
 * (pipe-user-pages-soft in proc(5), 250 pipes of this size), and when it gives no more, data is copied instead.
 */
export class Pipes {
  readonly #libc: Libc;
  readonly #most: number;
  readonly #memory: Mapping;
  readonly #words: Int32Array;
  /** By number: the ends to read from and to write to. */
  readonly out: number[] = [];
  readonly in: number[] = [];
  readonly #free: number[] = [];
  #open = 0;
  #refusedAt = Number.NEGATIVE_INFINITY;
  readonly #numbers: number[] = [];

  constructor(libc: Libc, most: number) {
    this.#libc = libc;
    this.#most = most;
    this.#memory = libc.map(4096);
    this.#words = new Int32Array(this.#memory.buffer);
  }

  /** An empty pipe; -1 where there is none to be had. */
  take(now: number): number {
    const known = this.#free.pop();
    if (known !== undefined) return known;
    if (this.#open >= this.#most || now - this.#refusedAt < pause) return -1;
    if (this.#libc.pipe2(this.#memory.address, PIPE_FLAGS) !== 0) return this.#refused(now);
    const [out = -1, into = -1] = this.#words;
    // beyond the quota a pipe has one page, which is slower than copying
    if (this.#libc.fcntl(into, F_SETPIPE_SZ, pipeBytes) < pipeBytes) {
      this.#libc.close(out);
      this.#libc.close(into);
      return this.#refused(now);
    }
    const pipe = this.#numbers.pop() ?? this.out.length;
    this.out[pipe] = out;
    this.in[pipe] = into;
    this.#open += 1;
    return pipe;
  }

  /** Gives a pipe back; one that still holds bytes is closed. */
  give(pipe: number, empty: boolean): void {
    if (empty) {
      this.#free.push(pipe);
      return;
    }
    this.#libc.close(this.out[pipe] ?? -1);
    this.#libc.close(this.in[pipe] ?? -1);
    this.#numbers.push(pipe);
    this.#open -= 1;
  }

  #refused(now: number): number {
    this.#refusedAt = now;
    return -1;
  }
}
