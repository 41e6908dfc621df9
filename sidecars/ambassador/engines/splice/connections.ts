import type { Backend } from '../../dispatch/backend.ts';
import type { Dispatcher } from '../../dispatch/dispatcher.ts';

/** What a descriptor is. */
export const KIND = { free: 0, listener: 1, wake: 2, waiting: 3, dialing: 4, joined: 5 } as const;

/** A connection as its two descriptors share it: for accounting when it ends. */
export interface Session {
  readonly dispatcher: Dispatcher<number>;
  readonly backend: Backend;
  /** The cell of the ledger that counts bytes from the client, and the one that counts those to it. */
  readonly up: number;
  readonly down: number;
}

/**
 * The state of every descriptor, by its number, in typed arrays: forty bytes each, and nothing for the garbage collector.
 * They grow by doubling; whoever keeps one of the arrays must fetch it again after {@link make}.
 */
export class Connections {
  kind = new Uint8Array(0);
  /** Counts the uses of a number, so that an event of an earlier one is known. */
  generation = new Int32Array(0);
  /** The descriptor of the other side; -1 where there is none. */
  peer = new Int32Array(0);
  /** Whether it is a TCP socket and no Unix socket, and whether it is the client of the two. */
  isTcp = new Uint8Array(0);
  isClient = new Uint8Array(0);
  /** Whether there may be something to read, and room to write. */
  readable = new Uint8Array(0);
  writable = new Uint8Array(0);
  /** Whether its FIN was read, and whether one was sent on it. */
  ended = new Uint8Array(0);
  shut = new Uint8Array(0);
  /** Whether epoll told of the end of its data, so that a short read is not the last one; and whether of urgent data. */
  hungUp = new Uint8Array(0);
  urgent = new Uint8Array(0);
  /** Whether epoll told of an error; what is still to be read is read before it is believed. */
  broken = new Uint8Array(0);
  /** Whether its peer, a backend, is probed when it is silent. */
  keptAlive = new Uint8Array(0);
  /** How many full reads there were in a row. */
  streak = new Uint8Array(0);
  /** Whether it waits for its next turn. */
  queued = new Uint8Array(0);
  /** What was read from it and not yet written to its peer: the slot, and the part of it; or a pipe, and the bytes in it. */
  slot = new Int32Array(0);
  offset = new Int32Array(0);
  length = new Int32Array(0);
  pipe = new Int32Array(0);
  piped = new Int32Array(0);
  /** When it was joined and last carried a byte, in milliseconds of the loop's clock. */
  born = new Float64Array(0);
  last = new Float64Array(0);
  readonly sessions: (Session | undefined)[] = [];
  #size = 0;

  /** How many descriptors there is room for. */
  get size(): number {
    return this.#size;
  }

  /** Makes a descriptor what is told. */
  make(fd: number, kind: number, peer: number, isClient: boolean): void {
    if (fd >= this.#size) this.#grow(fd);
    this.kind[fd] = kind;
    this.peer[fd] = peer;
    this.isClient[fd] = Number(isClient);
    this.readable[fd] = 0;
    this.writable[fd] = 0;
    this.ended[fd] = 0;
    this.shut[fd] = 0;
    this.hungUp[fd] = 0;
    this.urgent[fd] = 0;
    this.broken[fd] = 0;
    this.keptAlive[fd] = 0;
    this.streak[fd] = 0;
    this.queued[fd] = 0;
    this.slot[fd] = -1;
    this.length[fd] = 0;
    this.pipe[fd] = -1;
    this.piped[fd] = 0;
  }

  /** A descriptor is one of the two of an established connection from now on. */
  join(fd: number, session: Session, now: number): void {
    this.kind[fd] = KIND.joined;
    this.sessions[fd] = session;
    this.born[fd] = now;
    this.last[fd] = now;
  }

  /** The descriptor is about to be closed. */
  free(fd: number): void {
    this.kind[fd] = KIND.free;
    this.generation[fd] = (this.generation[fd] ?? 0) + 1;
    this.peer[fd] = -1;
    this.sessions[fd] = undefined;
  }

  #grow(fd: number): void {
    const size = Math.max(1024, 2 ** Math.ceil(Math.log2(fd + 1)));
    this.kind = grown(this.kind, new Uint8Array(size));
    this.generation = grown(this.generation, new Int32Array(size));
    this.peer = grown(this.peer, new Int32Array(size));
    this.isTcp = grown(this.isTcp, new Uint8Array(size));
    this.isClient = grown(this.isClient, new Uint8Array(size));
    this.readable = grown(this.readable, new Uint8Array(size));
    this.writable = grown(this.writable, new Uint8Array(size));
    this.ended = grown(this.ended, new Uint8Array(size));
    this.shut = grown(this.shut, new Uint8Array(size));
    this.hungUp = grown(this.hungUp, new Uint8Array(size));
    this.urgent = grown(this.urgent, new Uint8Array(size));
    this.broken = grown(this.broken, new Uint8Array(size));
    this.keptAlive = grown(this.keptAlive, new Uint8Array(size));
    this.streak = grown(this.streak, new Uint8Array(size));
    this.queued = grown(this.queued, new Uint8Array(size));
    this.slot = grown(this.slot, new Int32Array(size));
    this.offset = grown(this.offset, new Int32Array(size));
    this.length = grown(this.length, new Int32Array(size));
    this.pipe = grown(this.pipe, new Int32Array(size));
    this.piped = grown(this.piped, new Int32Array(size));
    this.born = grown(this.born, new Float64Array(size));
    this.last = grown(this.last, new Float64Array(size));
    this.#size = size;
  }
}

function grown<T extends Uint8Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
