import type { Libc } from '#shared/linux/libc.ts';
import type { Ledger } from '../../dispatch/ledger.ts';
import { BLOCKED, BROKEN, Calls } from './calls.ts';
import { type Connections, KIND } from './connections.ts';
import type { Pipes } from './pipes.ts';
import { type Slots, slotBytes } from './slots.ts';

/** Reads of one connection before others have their turn; a splice, which moves as much as four of them, ends the turn. */
const budget = 4;

/** Full reads in a row after which data is spliced; a read below this many bytes says that it came to its end. */
const streakForSplice = 3;
const smallRead = 16_384;

/** Bytes that one splice is asked for; a pipe holds fewer. */
const spliceBytes = 1_048_576;

/** Who ends connections. */
export interface PumpEnd {
  /** Both sides have sent their FIN, and all is carried. */
  done(fd: number): void;
  /** The socket `fd` was found to be reset. */
  reset(fd: number): void;
}

/**
 * Carries bytes from one socket to its peer: by read and write while there are few, by splice through a pipe when there are many,
 * which the processor then does not touch. Back-pressure is its own: what the peer does not take is kept in one slot or one pipe, and no more is read.
 */
export class Pump {
  readonly #libc: Libc;
  readonly #calls: Calls;
  readonly #connections: Connections;
  readonly #cells: Float64Array;
  readonly #slots: Slots;
  readonly #pipes: Pipes;
  readonly #end: PumpEnd;
  /** The slot that is read into; it is exchanged where some of its bytes have to be kept. */
  #scratch: number;
  /** Sockets whose turn was over before their data was, and their generations. */
  #queue: number[] = [];
  /** The time of the loop's present turn, in milliseconds. */
  now = 0;

  constructor(libc: Libc, connections: Connections, ledger: Ledger, slots: Slots, pipes: Pipes, end: PumpEnd) {
    this.#libc = libc;
    this.#calls = new Calls(libc);
    this.#connections = connections;
    this.#cells = ledger.cells;
    this.#slots = slots;
    this.#pipes = pipes;
    this.#end = end;
    this.#scratch = slots.take();
  }

  /** Whether somebody waits for a turn. */
  get pending(): boolean {
    return this.#queue.length > 0;
  }

  /** Gives everybody a turn who waits for one. */
  turn(): void {
    const state = this.#connections;
    const queue = this.#queue;
    this.#queue = [];
    for (let at = 0; at < queue.length; at += 2) {
      const fd = queue[at] ?? -1;
      const generation = queue[at + 1];
      if (state.generation[fd] !== generation || state.kind[fd] !== KIND.joined) continue;
      state.queued[fd] = 0;
      this.carry(fd);
      // one that is reset was waited for only as long as what it sent before could go on
      if (state.broken[fd] === 1 && state.queued[fd] === 0 && state.generation[fd] === generation) this.#end.reset(fd);
    }
  }

  /** Carries from `from` to its peer until one of them blocks or the turn is over. It may end both. */
  carry(from: number): void {
    const state = this.#connections;
    const to = state.peer[from] ?? -1;
    if (to < 0) return;
    for (let left = budget; ; ) {
      if (!this.#flush(from, to)) return;
      if (state.ended[from] === 1) {
        this.#finish(from, to);
        return;
      }
      if (state.readable[from] === 0 || state.writable[to] === 0) return;
      if (left <= 0) {
        this.#wait(from);
        return;
      }
      if (this.#spliceOnce(from)) left -= budget;
      else if (this.#copyOnce(from, to)) left -= 1;
      else return;
      if (state.peer[from] !== to) return;
    }
  }

  /** Takes back what a socket holds, before it is closed. */
  release(fd: number): void {
    const state = this.#connections;
    const slot = state.slot[fd] ?? -1;
    if (slot >= 0) this.#slots.give(slot);
    state.slot[fd] = -1;
    state.length[fd] = 0;
    const pipe = state.pipe[fd] ?? -1;
    if (pipe >= 0) this.#pipes.give(pipe, state.piped[fd] === 0);
    state.pipe[fd] = -1;
    state.piped[fd] = 0;
  }

  /** Writes what was read before. False where not all of it went. */
  #flush(from: number, to: number): boolean {
    const state = this.#connections;
    const kept = state.length[from] ?? 0;
    if (kept > 0) {
      if (state.writable[to] === 0) return false;
      const slot = state.slot[from] ?? 0;
      const offset = state.offset[from] ?? 0;
      const sent = this.#calls.write(to, (this.#slots.addresses[slot] ?? 0n) + BigInt(offset), kept);
      if (sent < 0) return this.#stopped(sent, to);
      this.#count(from, sent);
      state.offset[from] = offset + sent;
      state.length[from] = kept - sent;
      if (sent < kept) return this.#stopped(BLOCKED, to);
      this.#slots.give(slot);
      state.slot[from] = -1;
    }
    while ((state.piped[from] ?? 0) > 0) {
      if (state.writable[to] === 0) return false;
      const moved = this.#calls.splice(this.#pipes.out[state.pipe[from] ?? -1] ?? -1, to, state.piped[from] ?? 0);
      if (moved < 0) return this.#stopped(moved, to);
      this.#count(from, moved);
      state.piped[from] = (state.piped[from] ?? 0) - moved;
    }
    return true;
  }

  /** Moves what there is into the pipe. False where it has to be copied. */
  #spliceOnce(from: number): boolean {
    const state = this.#connections;
    let pipe = state.pipe[from] ?? -1;
    if ((state.streak[from] ?? 0) < streakForSplice || state.urgent[from] === 1) {
      // one that is through with its many bytes may be silent for ever, and pipes are few; this one is empty, see #flush
      if (pipe >= 0) this.release(from);
      return false;
    }
    if (pipe < 0) {
      pipe = this.#pipes.take(this.now);
      if (pipe < 0) {
        state.streak[from] = 0;
        return false;
      }
      state.pipe[from] = pipe;
    }
    const moved = this.#calls.splice(from, this.#pipes.in[pipe] ?? -1, spliceBytes);
    if (moved > 0) {
      state.piped[from] = moved;
      if (moved < smallRead) state.streak[from] = 0;
      return true;
    }
    if (moved === BROKEN) {
      this.#end.reset(from);
      return true;
    }
    this.release(from);
    state.streak[from] = streakForSplice - 1;
    // at urgent data splice says for ever that it would block; but of that epoll tells, before or after this
    if (moved === BLOCKED) state.readable[from] = 0;
    return moved === BLOCKED;
  }

  /** Reads once and writes what was read. False where the turn is over. */
  #copyOnce(from: number, to: number): boolean {
    const state = this.#connections;
    const address = this.#slots.addresses[this.#scratch] ?? 0n;
    const got = this.#calls.read(from, address, slotBytes);
    if (got <= 0) {
      state.readable[from] = 0;
      // what is behind a reset looks like an end
      if (got === BROKEN || (got === 0 && state.broken[from] === 1)) this.#end.reset(from);
      else if (got === 0) state.ended[from] = 1;
      return got === 0;
    }
    if (got === slotBytes) {
      state.streak[from] = Math.min(streakForSplice, (state.streak[from] ?? 0) + 1);
    } else {
      state.streak[from] = Math.max(0, Math.min(streakForSplice, (state.streak[from] ?? 0) + (got < smallRead ? -1 : 1)));
      // a short read took all there was, unless an end, an error or urgent data is behind it, of which no other event may tell
      if (state.hungUp[from] === 0 && state.urgent[from] === 0) state.readable[from] = 0;
    }
    const sent = this.#calls.write(to, address, got);
    if (sent === got) {
      this.#count(from, sent);
      return true;
    }
    if (sent === BROKEN) return this.#stopped(BROKEN, to);
    const done = Math.max(0, sent);
    this.#count(from, done);
    state.slot[from] = this.#scratch;
    state.offset[from] = done;
    state.length[from] = got - done;
    this.#scratch = this.#slots.take();
    return this.#stopped(BLOCKED, to);
  }

  /** All of one direction is carried: its FIN goes on, and when both have gone, the connection is over. */
  #finish(from: number, to: number): void {
    const state = this.#connections;
    this.release(from);
    if (state.ended[to] === 1 && state.shut[from] === 1) {
      // its close is its FIN
      this.#end.done(from);
    } else if (state.shut[to] === 0) {
      state.shut[to] = 1;
      this.#libc.shutdown(to, 1);
    }
  }

  /** The peer took no more. Always false, which ends the turn. */
  #stopped(why: number, to: number): false {
    if (why === BLOCKED) this.#connections.writable[to] = 0;
    else this.#end.reset(to);
    return false;
  }

  #wait(fd: number): void {
    const { queued, generation } = this.#connections;
    if (queued[fd] === 1) return;
    queued[fd] = 1;
    this.#queue.push(fd, generation[fd] ?? 0);
  }

  #count(from: number, bytes: number): void {
    const state = this.#connections;
    const session = state.sessions[from];
    if (session === undefined) return;
    const cell = state.isClient[from] === 1 ? session.up : session.down;
    this.#cells[cell] = (this.#cells[cell] ?? 0) + bytes;
    state.last[from] = this.now;
  }
}
