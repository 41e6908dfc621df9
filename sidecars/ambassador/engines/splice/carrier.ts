import { EPOLL, type Epoll } from '#shared/linux/epoll.ts';
import { errnos } from '#shared/linux/errno.ts';
import type { Libc } from '#shared/linux/libc.ts';
import type { Sockets } from '#shared/linux/socket.ts';
import type { Attempt } from '../../dispatch/attempt.ts';
import type { Backend } from '../../dispatch/backend.ts';
import type { Dialer, Dispatcher, Ending } from '../../dispatch/dispatcher.ts';
import { backendCell, type Ledger } from '../../dispatch/ledger.ts';
import { encode } from '../../preface/proxy-protocol.ts';
import type { DialFailure } from '../engine.ts';
import type { Acceptor } from './acceptor.ts';
import { type Connections, KIND, type Session } from './connections.ts';
import { Pipes } from './pipes.ts';
import { Pump, type PumpEnd } from './pump.ts';
import { Slots } from './slots.ts';

/** The age from which on it is noticed when the backend of a connection dies without a word, in milliseconds. */
const longLived = 15_000;

/** What is asked of a socket: each change is told once. */
const interest = EPOLL.IN | EPOLL.OUT | EPOLL.PRI | EPOLL.RDHUP | EPOLL.ET;

/** A connection from accept to its end, on descriptors: what epoll tells of them comes in by {@link event}. */
export class Carrier implements Dialer<number>, PumpEnd {
  readonly pump: Pump;
  /** Whether there was no descriptor for a backend since this was last set to false. */
  isStarved = false;
  readonly #sockets: Sockets;
  readonly #epoll: Epoll;
  readonly #connections: Connections;
  readonly #ledger: Ledger;
  readonly #acceptor: Acceptor;
  /** By the descriptor of a client that has no backend yet. */
  readonly #attempts: (Attempt<number> | undefined)[] = [];
  readonly #dispatchers: (Dispatcher<number> | undefined)[] = [];
  readonly #sessions = new WeakMap<Backend, Session>();

  constructor(
    parts: { libc: Libc; sockets: Sockets; epoll: Epoll; connections: Connections; ledger: Ledger; acceptor: Acceptor },
    pipes: number,
  ) {
    this.#sockets = parts.sockets;
    this.#epoll = parts.epoll;
    this.#connections = parts.connections;
    this.#ledger = parts.ledger;
    this.#acceptor = parts.acceptor;
    this.pump = new Pump(parts.libc, parts.connections, parts.ledger, new Slots(parts.libc), new Pipes(parts.libc, pipes), this);
  }

  /** Takes a client that was accepted. */
  readonly begin = (client: number, source: number, dispatcher: Dispatcher<number>): void => {
    const state = this.#connections;
    state.make(client, KIND.waiting, -1, true);
    state.isTcp[client] = Number(this.#sockets.acceptedTcp());
    if (!this.#epoll.add(client, interest, state.generation[client] ?? 0)) {
      // it would be served by nobody, and nobody would know
      dispatcher.turnAway(client, 'noDescriptor');
      return;
    }
    this.#dispatchers[client] = dispatcher;
    const generation = state.generation[client];
    const attempt = dispatcher.begin(client, source);
    if (state.generation[client] === generation && state.kind[client] === KIND.waiting) this.#attempts[client] = attempt;
  };

  /** Takes what epoll told of a descriptor that is no listener. */
  event(fd: number, events: number): void {
    const { kind } = this.#connections;
    if (kind[fd] === KIND.joined) this.#joinedEvent(fd, events);
    else if (kind[fd] === KIND.dialing) this.#dialingEvent(fd, events);
    else if (kind[fd] === KIND.waiting) this.#waitingEvent(fd, events);
  }

  dial(attempt: Attempt<number>, backend: Backend): void {
    const client = attempt.client;
    const dispatcher = this.#dispatcherOf(client);
    this.#attempts[client] = attempt;
    const fd = this.#sockets.open(backend.endpoint);
    if (fd < 0) {
      if (lacks(-fd)) {
        this.isStarved = true;
        dispatcher.starved(attempt);
      } else dispatcher.failed(attempt, failureOf(-fd));
      return;
    }
    if (backend.endpoint.type === 'tcp') this.#sockets.sendAtOnce(fd);
    const errno = this.#sockets.connect(fd, backend.endpoint);
    if (errno !== 0) {
      this.#sockets.close(fd);
      dispatcher.failed(attempt, failureOf(errno));
      return;
    }
    const state = this.#connections;
    state.make(fd, KIND.dialing, client, false);
    state.isTcp[fd] = Number(backend.endpoint.type === 'tcp');
    state.peer[client] = fd;
    if (this.#epoll.add(fd, interest, state.generation[fd] ?? 0)) return;
    this.abandon(attempt);
    dispatcher.starved(attempt);
  }

  abandon(attempt: Attempt<number>): void {
    const fd = this.#connections.peer[attempt.client] ?? -1;
    this.#connections.peer[attempt.client] = -1;
    if (fd < 0) return;
    this.#connections.free(fd);
    this.#sockets.close(fd);
  }

  refuse(client: number): void {
    this.#forget(client);
    this.#connections.free(client);
    this.#sockets.reset(client);
    this.#gone();
  }

  done(fd: number): void {
    this.#close(fd, 'closed');
  }

  reset(fd: number): void {
    const state = this.#connections;
    if (state.broken[fd] === 0) {
      // what it sent before the reset goes on first, as far as the other side takes it
      state.broken[fd] = 1;
      state.readable[fd] = 1;
      const generation = state.generation[fd];
      this.pump.carry(fd);
      if (state.generation[fd] !== generation || state.queued[fd] === 1) return;
    }
    this.#close(fd, state.isClient[fd] === 1 ? 'resetByClient' : 'resetByBackend');
  }

  /** Ends connections that carried nothing for too long, or are too old; looks after those that live long. */
  sweep(): void {
    // an end may begin another connection, and then the arrays of the state are others
    const state = this.#connections;
    const { now } = this.pump;
    for (let fd = 0; fd < state.size; fd += 1) {
      if (state.kind[fd] !== KIND.joined || state.isClient[fd] === 0) continue;
      const options = state.sessions[fd]?.dispatcher.route.options;
      const { idle = Number.POSITIVE_INFINITY, lifetime = Number.POSITIVE_INFINITY } = options ?? {};
      const last = Math.max(state.last[fd] ?? 0, state.last[state.peer[fd] ?? -1] ?? 0);
      const age = now - (state.born[fd] ?? 0);
      if (now - last >= idle) this.#close(fd, 'idled');
      else if (age >= lifetime) this.#close(fd, 'expired');
      else if (age >= longLived && state.keptAlive[fd] === 0) this.#keepAlive(fd);
    }
  }

  /** Ends every connection with a reset. */
  closeAll(): void {
    const state = this.#connections;
    for (let fd = 0; fd < state.size; fd += 1) {
      if (state.isClient[fd] === 0) continue;
      if (state.kind[fd] === KIND.joined) this.#close(fd, 'expired');
      else if (state.kind[fd] === KIND.waiting) this.#leave(fd);
    }
  }

  /** A short connection does without the two calls that this costs; the client inherited it from its listener. */
  #keepAlive(client: number): void {
    const state = this.#connections;
    const backend = state.peer[client] ?? -1;
    state.keptAlive[client] = 1;
    if (state.isTcp[backend] === 1) this.#sockets.keepAlive(backend);
  }

  #joinedEvent(fd: number, events: number): void {
    const state = this.#connections;
    const generation = state.generation[fd];
    this.#note(fd, events);
    if (state.readable[fd] === 1) this.pump.carry(fd);
    if (state.generation[fd] !== generation) return;
    // what was held back because this one was full
    if (events & EPOLL.OUT) this.pump.carry(state.peer[fd] ?? -1);
    if (state.generation[fd] === generation && state.broken[fd] === 1 && state.queued[fd] === 0) this.reset(fd);
  }

  /** Remembers what epoll told. */
  #note(fd: number, events: number): void {
    const state = this.#connections;
    if (events & EPOLL.OUT) state.writable[fd] = 1;
    if (events & EPOLL.PRI) state.urgent[fd] = 1;
    if (events & (EPOLL.RDHUP | EPOLL.HUP | EPOLL.ERR)) state.hungUp[fd] = 1;
    if (events & (EPOLL.IN | EPOLL.RDHUP | EPOLL.HUP | EPOLL.ERR)) state.readable[fd] = 1;
    // a TCP socket that hangs up before a FIN was sent on it was reset, also where a call took the error already
    const reset = events & EPOLL.HUP && state.shut[fd] === 0 && state.isTcp[fd] === 1;
    if (events & EPOLL.ERR || reset) state.broken[fd] = 1;
  }

  #dialingEvent(fd: number, events: number): void {
    const state = this.#connections;
    const client = state.peer[fd] ?? -1;
    const attempt = this.#attempts[client];
    if (attempt === undefined) return;
    if (events & (EPOLL.ERR | EPOLL.HUP)) {
      const errno = this.#sockets.error(fd);
      this.abandon(attempt);
      this.#dispatcherOf(client).failed(attempt, failureOf(errno));
    } else if (events & EPOLL.OUT) {
      this.#note(fd, events);
      this.#join(client, fd, attempt);
    }
  }

  #waitingEvent(fd: number, events: number): void {
    this.#note(fd, events);
    if (this.#connections.broken[fd] === 1) this.#leave(fd);
  }

  /** A client that has no backend yet has left. */
  #leave(client: number): void {
    const attempt = this.#attempts[client];
    if (attempt !== undefined) this.#dispatcherOf(client).left(attempt);
    this.refuse(client);
  }

  #join(client: number, fd: number, attempt: Attempt<number>): void {
    const state = this.#connections;
    const dispatcher = this.#dispatcherOf(client);
    const session = this.#sessionOf(dispatcher, dispatcher.connected(attempt));
    this.#forget(client);
    const { now } = this.pump;
    state.join(client, session, now);
    state.join(fd, session, now);
    if (dispatcher.route.options.proxyOut !== 'off' && !this.#announce(client, fd, dispatcher.route.options.proxyOut)) {
      this.#close(fd, 'resetByBackend');
      return;
    }
    const generation = state.generation[client];
    this.pump.carry(client);
    if (state.generation[client] === generation) this.pump.carry(fd);
  }

  /** Sends the PROXY header. */
  #announce(client: number, fd: number, version: 'v1' | 'v2'): boolean {
    const source = this.#sockets.peerName(client);
    const destination = this.#sockets.localName(client);
    const both = source !== undefined && destination !== undefined;
    return this.#sockets.sendFirst(fd, both ? encode(version, { source, destination }) : encode(version));
  }

  /** Ends a connection: with a FIN where all is carried, otherwise with a reset of both sides. */
  #close(fd: number, how: Ending): void {
    const state = this.#connections;
    const session = state.sessions[fd];
    const peer = state.peer[fd] ?? -1;
    this.#end(fd, how);
    this.#end(peer, how);
    session?.dispatcher.ended(session.backend, how);
    this.#gone();
  }

  #end(fd: number, how: Ending): void {
    this.pump.release(fd);
    this.#connections.free(fd);
    if (how === 'closed') this.#sockets.close(fd);
    else this.#sockets.reset(fd);
  }

  #gone(): void {
    this.#acceptor.clients -= 1;
    this.#acceptor.resume();
  }

  #forget(client: number): void {
    this.#attempts[client] = undefined;
    this.#dispatchers[client] = undefined;
  }

  #dispatcherOf(client: number): Dispatcher<number> {
    const dispatcher = this.#dispatchers[client];
    if (dispatcher === undefined) throw new Error(`the descriptor ${client} is no client that waits`);
    return dispatcher;
  }

  #sessionOf(dispatcher: Dispatcher<number>, backend: Backend): Session {
    const known = this.#sessions.get(backend);
    if (known !== undefined) return known;
    const at = this.#ledger.at(backend.slot);
    const session = { dispatcher, backend, up: at + backendCell.bytesUp, down: at + backendCell.bytesDown };
    this.#sessions.set(backend, session);
    return session;
  }
}

/** Whether it is we who have no descriptor or no memory for one more socket. */
function lacks(errno: number): boolean {
  return errno === errnos.EMFILE || errno === errnos.ENFILE || errno === errnos.ENOBUFS || errno === errnos.ENOMEM;
}

const unreachable = new Set<number>([errnos.EHOSTUNREACH, errnos.ENETUNREACH, errnos.EADDRNOTAVAIL, errnos.EAFNOSUPPORT]);

function failureOf(errno: number): DialFailure {
  if (errno === errnos.ECONNREFUSED || errno === errnos.ENOENT) return 'refused';
  if (errno === errnos.ETIMEDOUT) return 'timedOut';
  if (unreachable.has(errno)) return 'unreachable';
  return 'otherFailure';
}
