import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { codeOf } from '#shared/exit.ts';
import { EPOLL } from '#shared/linux/epoll.ts';
import type { Libc } from '#shared/linux/libc.ts';
import { type BlockSink, type Section, SinkFull } from '../sink.ts';
import type { Orders, Waiter } from './orders.ts';

const stdout = 1;
/** F_SETPIPE_SZ of fcntl.h, and what everybody may ask for unless the machine is told otherwise (fs.pipe-max-size). */
const setPipeSize = 1031;
const largestPipe = 1024 * 1024;

/** How it is written to: with how many bytes at once, and whether it has to be waited for before, as a write would block. */
interface Way {
  readonly fd: number;
  readonly piece: number;
  readonly blocks: boolean;
}

/** Standard output, as one stream of pcapng. Where who reads it takes nothing it waits, and the kernel drops what the ring has no room for. */
export class StdoutSink implements BlockSink {
  readonly #section: Section;
  readonly #orders: Orders;
  readonly #way: Way;
  #waiter: Waiter | undefined;
  #isBroken = false;

  /** Begins the stream. @throws as {@link write}, and Error with the code EPIPE where nobody reads it. */
  constructor(libc: Libc, section: Section, orders: Orders) {
    this.#section = section;
    this.#orders = orders;
    this.#way = wayTo(libc);
    this.#put(section.head(), 0);
  }

  /** @throws SinkFull where it is told to stop, and who reads takes nothing; Error with the code EPIPE where nobody reads any more. */
  write(blocks: Uint8Array, packets: number): void {
    this.#put(blocks, packets);
  }

  /** What is seen is written at once: nothing is to be done. */
  tick(): void {}

  close(): void {
    if (!this.#isBroken) this.#put(this.#section.tail(), 0);
  }

  #put(bytes: Uint8Array, packets: number): void {
    const { fd, piece, blocks } = this.#way;
    for (let at = 0; at < bytes.length; ) {
      if (blocks) this.#wait(at / bytes.length, packets);
      try {
        at += writeSync(fd, bytes, at, Math.min(piece, bytes.length - at));
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN') {
          this.#isBroken = true;
          throw error;
        }
        this.#wait(at / bytes.length, packets);
      }
    }
  }

  /** Waits until it can be written to. */
  #wait(share: number, packets: number): void {
    this.#waiter ??= this.#orders.waiter(this.#way.fd, EPOLL.OUT);
    while (this.#waiter(100) === 0)
      if (this.#orders.isOver) {
        this.#isBroken = true;
        throw new SinkFull('who reads the standard output takes nothing: its end is missing', Math.floor(share * packets));
      }
  }
}

/** How standard output is written to without ever being stuck in it, so that it can be told to stop. */
function wayTo(libc: Libc): Way {
  const found = fstatSync(stdout);
  if (found.isFIFO()) {
    libc.fcntl(stdout, setPipeSize, largestPipe);
    try {
      // the pipe opened once more: that it does not block concerns nobody else who has it
      const fd = openSync(`/proc/self/fd/${stdout}`, constants.O_WRONLY | constants.O_NONBLOCK);
      return { fd, piece: Number.POSITIVE_INFINITY, blocks: false };
    } catch {
      // a page is what fits where anything does, see pipe(7)
      return { fd: stdout, piece: 4096, blocks: true };
    }
  }
  // one that can be written to has room for two thirds of what it may hold
  if (found.isSocket()) return { fd: stdout, piece: 32_768, blocks: true };
  return { fd: stdout, piece: Number.POSITIVE_INFINITY, blocks: false };
}
