import { EPOLL, Epoll } from '#shared/linux/epoll.ts';
import { errnoName, errnos } from '#shared/linux/errno.ts';
import { type Libc, type Mapping, openLibc } from '#shared/linux/libc.ts';
import { type SocketName, Sockets } from '#shared/linux/socket.ts';

/** What is done with the events of a socket. */
export type Handler = (fd: number, events: number) => void;

/** How long one wait may last before the time is looked at, in milliseconds. */
const glance = 5;
/** Connections that are being made at the same time, by {@link Loop.connect}. */
const flight = 64;
const MSG_NOSIGNAL = 0x4000;

/** Sockets without blocking on one thread, by epoll: clients and backends of a load together, as both have one core. */
export class Loop {
  readonly libc: Libc = openLibc();
  readonly sockets = new Sockets(this.libc);
  /** 1 MiB for what is read and written; what is in it is of no interest. */
  readonly memory: Mapping = this.libc.map(2 ** 20);
  readonly #epoll = new Epoll(this.libc, 512);
  readonly #handlers: (Handler | undefined)[] = [];

  /** Handles the events of a socket from now on. They are reported for as long as they are so, not once. */
  watch(fd: number, events: number, handler: Handler): void {
    if (!this.#epoll.add(fd, events, 0)) throw this.failure('epoll_ctl');
    this.#handlers[fd] = handler;
  }

  /** Handles other events of a socket that is watched, in another way. */
  rewatch(fd: number, events: number, handler: Handler): void {
    if (!this.#epoll.modify(fd, events, 0)) throw this.failure('epoll_ctl');
    this.#handlers[fd] = handler;
  }

  /** Closes a socket as any program does; what is watched is forgotten. */
  close(fd: number): void {
    this.#handlers[fd] = undefined;
    this.libc.close(fd);
  }

  /** Closes a socket by a reset, which leaves nothing behind in the kernel. */
  reset(fd: number): void {
    this.#handlers[fd] = undefined;
    this.sockets.reset(fd);
  }

  /** The same with all sockets that are watched but one. */
  resetAllBut(fd: number): void {
    for (const other of this.#handlers.keys()) if (other !== fd && this.#handlers[other] !== undefined) this.reset(other);
  }

  /** Handles events for so many milliseconds, or until something is so. @returns how many seconds that were. */
  run(milliseconds: number, done: () => boolean = () => false): number {
    const begun = performance.now();
    for (let now = begun; now - begun < milliseconds && !done(); now = performance.now()) {
      const count = this.#epoll.wait(glance);
      for (let index = 0; index < count; index += 1) {
        const fd = this.#epoll.descriptor(index);
        this.#handlers[fd]?.(fd, this.#epoll.events(index));
      }
    }
    return (performance.now() - begun) / 1000;
  }

  /**
   * Connects so many clients to a port of 127.0.0.1, a few at a time.
   * @throws Error where one is refused, or it takes longer than 20 s.
   */
  connect(port: number, count: number): number[] {
    const name: SocketName = { type: 'tcp', family: 4, address: '127.0.0.1', port };
    const connected: number[] = [];
    const connecting = new Set<number>();
    const arrive: Handler = (fd) => {
      const errno = this.sockets.error(fd);
      if (errno !== 0) throw new Error(`port ${port} cannot be connected to: ${errnoName(errno)}`);
      connecting.delete(fd);
      connected.push(fd);
      // it is reported for as long as it can be written to
      this.rewatch(fd, 0, () => {});
    };
    const begin = () => {
      const fd = this.sockets.open(name);
      if (fd < 0) throw this.failure('socket');
      this.sockets.sendAtOnce(fd);
      const errno = this.sockets.connect(fd, name);
      if (errno !== 0) throw new Error(`port ${port} cannot be connected to: ${errnoName(errno)}`);
      connecting.add(fd);
      this.watch(fd, EPOLL.OUT, arrive);
    };
    const finished = () => {
      while (connecting.size < flight && connecting.size + connected.length < count) begin();
      return connected.length === count;
    };
    this.run(20_000, finished);
    if (connected.length < count) throw new Error(`${connected.length} of ${count} clients could connect to port ${port}`);
    return connected;
  }

  /** Reads so many bytes at most into the memory. @returns how many; 0 at the end, negative where it fails: see errno. */
  read(fd: number, most: number): number {
    return this.libc.read(fd, this.memory.address, most);
  }

  /** Sends so many bytes. @returns how many went; negative where it fails. */
  send(fd: number, count: number): number {
    return this.libc.send(fd, this.memory.address, count, MSG_NOSIGNAL);
  }

  /** @throws Error where the call before failed for another reason than that there was nothing to do. */
  check(call: string): void {
    if (this.libc.errno() !== errnos.EAGAIN) throw this.failure(call);
  }

  /** The error of the call before. */
  failure(call: string): Error {
    return new Error(`${call}: ${errnoName(this.libc.errno())}`);
  }
}
