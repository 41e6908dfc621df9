import { EPOLL, type Epoll } from '#shared/linux/epoll.ts';
import { errnos } from '#shared/linux/errno.ts';
import type { Libc } from '#shared/linux/libc.ts';
import type { Sockets } from '#shared/linux/socket.ts';
import type { Dispatcher } from '../../dispatch/dispatcher.ts';
import { type Connections, KIND } from './connections.ts';

/** Clients that are accepted at most before others have their turn. */
const most = 64;

/** How long it waits for descriptors that somebody else holds, in milliseconds. */
const descriptorPause = 100;

/** A listening socket and the route that its clients take. */
interface Listener {
  readonly fd: number;
  dispatcher: Dispatcher<number>;
  /** How many were accepted the last time, and in which turn of the loop that was. */
  accepted: number;
  turn: number;
}

/**
 * Accepts clients. Where there are no descriptors for one more it stops listening to its listeners, so that clients
 * wait in the kernel's queue and nothing spins; and goes on when a connection has ended, or tries again after a while where others
 * hold the descriptors.
 */
export class Acceptor {
  readonly #libc: Libc;
  readonly #sockets: Sockets;
  readonly #epoll: Epoll;
  readonly #connections: Connections;
  readonly #most: number;
  readonly #byKey = new Map<string, Listener>();
  readonly #byFd = new Map<number, Listener>();
  #paused = false;
  /** When to try again what failed for want of a descriptor, by the loop's clock; undefined where nothing did since it last went on. */
  #retryAt: number | undefined;
  /** Clients that are accepted and not ended yet. */
  clients = 0;

  constructor(libc: Libc, sockets: Sockets, epoll: Epoll, connections: Connections, most: number) {
    this.#libc = libc;
    this.#sockets = sockets;
    this.#epoll = epoll;
    this.#connections = connections;
    this.#most = most;
  }

  /** Whether somebody waits in the kernel's queue for whom there is no descriptor. */
  get paused(): boolean {
    return this.#paused;
  }

  /** How long it waits at most for descriptors that somebody else holds, in milliseconds; undefined where it does not. */
  get patience(): number | undefined {
    return this.#retryAt === undefined ? undefined : descriptorPause;
  }

  /**
   * Takes a listening descriptor, which is its own from now on; or another route for one that it has.
   * @returns false where it cannot be watched.
   */
  listen(key: string, fd: number | undefined, dispatcher: Dispatcher<number>): boolean {
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      known.dispatcher = dispatcher;
      if (fd !== undefined) this.#sockets.close(fd);
    } else if (fd !== undefined) {
      const listener = { fd, dispatcher, accepted: 0, turn: -1 };
      this.#byKey.set(key, listener);
      this.#byFd.set(fd, listener);
      this.#connections.make(fd, KIND.listener, -1, false);
      if (this.#epoll.add(fd, this.#paused ? 0 : EPOLL.IN, this.#connections.generation[fd] ?? 0)) return true;
      this.unlisten(key);
      return false;
    }
    return true;
  }

  /** Accepts no more on a listener. */
  unlisten(key: string): void {
    const listener = this.#byKey.get(key);
    if (listener === undefined) return;
    this.#byKey.delete(key);
    this.#byFd.delete(listener.fd);
    // others may hold the same socket, and then closing it does not take it out of epoll
    this.#epoll.remove(listener.fd);
    this.#connections.free(listener.fd);
    this.#sockets.close(listener.fd);
  }

  unlistenAll(): void {
    for (const key of [...this.#byKey.keys()]) this.unlisten(key);
  }

  /**
   * Accepts who waits on a listener, and gives each to `begin`: one, and in each turn that follows at once twice as many as before, so that
   * a lone client does not cost a second call that finds nobody.
   * @param now the time of that turn, in milliseconds.
   */
  accept(
    fd: number,
    turn: number,
    now: number,
    begin: (client: number, source: number, dispatcher: Dispatcher<number>) => void,
  ): void {
    const listener = this.#byFd.get(fd);
    if (listener === undefined) return;
    const limit = listener.turn === turn - 1 ? Math.min(most, Math.max(1, listener.accepted * 2)) : 1;
    listener.turn = turn;
    listener.accepted = 0;
    for (; listener.accepted < limit; listener.accepted += 1) {
      if (this.clients >= this.#most) {
        this.#pause();
        return;
      }
      let client = this.#sockets.accept(fd);
      if (client < 0 && this.#libc.errno() !== errnos.EAGAIN) client = this.#sockets.accept(fd);
      if (client < 0) {
        const errno = this.#libc.errno();
        const { EMFILE, ENFILE, ENOBUFS, ENOMEM } = errnos;
        if (errno === EMFILE || errno === ENFILE || errno === ENOBUFS || errno === ENOMEM) {
          this.#retryAt = now + descriptorPause;
          this.#pause();
        }
        return;
      }
      this.clients += 1;
      begin(client, this.#sockets.acceptedHash(), listener.dispatcher);
    }
  }

  /** A client is gone: goes on accepting, where it was paused and there is room. */
  resume(): void {
    if (!this.#paused || this.clients >= this.#most) return;
    this.#paused = false;
    this.#retryAt = undefined;
    this.#setEvents(EPOLL.IN);
  }

  /** Goes on accepting, where it waited long enough for descriptors. @param now the time of the loop's turn, in milliseconds. */
  retry(now: number): void {
    if (this.#retryAt !== undefined && now >= this.#retryAt) this.resume();
  }

  #pause(): void {
    this.#paused = true;
    this.#setEvents(0);
  }

  #setEvents(events: number): void {
    for (const { fd } of this.#byKey.values()) this.#epoll.modify(fd, events, this.#connections.generation[fd] ?? 0);
  }
}
