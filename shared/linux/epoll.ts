import { errnos } from './errno.ts';
import { type Libc, SystemError } from './libc.ts';

/** What is reported of a descriptor, and asked for (sys/epoll.h). */
export const EPOLL = { IN: 1, PRI: 2, OUT: 4, ERR: 8, HUP: 0x10, RDHUP: 0x2000, EXCLUSIVE: 1 << 28, ET: 1 << 31 } as const;

const EPOLL_CTL = { ADD: 1, DEL: 2, MOD: 3 } as const;
const EPOLL_CLOEXEC = 0x80000;

/** An epoll instance and its array of events, in memory that stays where it is. */
export class Epoll {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #events: Int32Array;
  readonly #eventsAddress: bigint;
  readonly #one: Int32Array;
  readonly #oneAddress: bigint;
  readonly #most: number;
  /** struct epoll_event in 32-bit words: it is packed on amd64 alone. */
  readonly #width = process.arch === 'x64' ? 3 : 4;
  readonly #data = process.arch === 'x64' ? 1 : 2;

  /** @param most how many events one wait gives. @throws SystemError */
  constructor(libc: Libc, most = 256) {
    this.#libc = libc;
    this.#most = most;
    const memory = libc.map(4096 + most * 16);
    this.#one = new Int32Array(memory.buffer, 0, 4);
    this.#oneAddress = memory.address;
    this.#events = new Int32Array(memory.buffer, 4096);
    this.#eventsAddress = memory.address + 4096n;
    this.fd = libc.epoll_create1(EPOLL_CLOEXEC);
    if (this.fd < 0) throw new SystemError('epoll_create1', libc.errno());
  }

  /** Watches a descriptor. `tag` comes back with its events, to tell it from an earlier one of the same number. False where it fails. */
  add(fd: number, events: number, tag: number): boolean {
    return this.#control(EPOLL_CTL.ADD, fd, events, tag);
  }

  /** Changes what is asked for, and reports anew what is so at present. */
  modify(fd: number, events: number, tag: number): boolean {
    return this.#control(EPOLL_CTL.MOD, fd, events, tag);
  }

  /** Watches it no more. A descriptor that is closed needs no such call, unless it was duplicated. */
  remove(fd: number): boolean {
    return this.#control(EPOLL_CTL.DEL, fd, 0, 0);
  }

  /**
   * Waits for events, for so many milliseconds; -1 is for ever.
   * @returns how many there are. A signal ends the wait with none. @throws SystemError where the wait fails each time.
   */
  wait(milliseconds: number): number {
    for (let attempt = 0; ; attempt += 1) {
      const count = this.#libc.epoll_wait(this.fd, this.#eventsAddress, this.#most, milliseconds);
      if (count >= 0) return count;
      const errno = this.#libc.errno();
      if (errno === errnos.EINTR) return 0;
      if (attempt === 8) throw new SystemError('epoll_wait', errno);
    }
  }

  /** The events of one of those that the last wait gave. */
  events(index: number): number {
    return this.#events[index * this.#width] ?? 0;
  }

  /** Its descriptor. */
  descriptor(index: number): number {
    return this.#events[index * this.#width + this.#data] ?? -1;
  }

  /** Its tag. */
  tag(index: number): number {
    return this.#events[index * this.#width + this.#data + 1] ?? 0;
  }

  #control(operation: number, fd: number, events: number, tag: number): boolean {
    this.#one[0] = events;
    this.#one[this.#data] = fd;
    this.#one[this.#data + 1] = tag;
    return (
      this.#libc.epoll_ctl(this.fd, operation, fd, this.#oneAddress) === 0 ||
      // an event of the wrong moment could make it look failed
      this.#libc.epoll_ctl(this.fd, operation === EPOLL_CTL.ADD ? EPOLL_CTL.MOD : operation, fd, this.#oneAddress) === 0
    );
  }
}
