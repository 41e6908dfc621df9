import type { Socket } from 'node:net';
import { isGone } from '../engines/net/gone.ts';
import type { JoinAccount, Joined } from '../engines/net/joined.ts';
import { reset } from '../engines/net/reset.ts';
import { Lane, type LaneOwner } from './lane.ts';
import type { FaultedConnection, RouteFaults } from './route-faults.ts';
import type { Stream, Toxic } from './toxics/toxic.ts';

/** How long a source may be stopped before it is looked at, in milliseconds. */
const patience = 1000;

/** How long a side that was closed by a toxic may take to close its own, in milliseconds, before what it still sends is answered with a reset. */
const lingerTime = 1000;

/**
 * Carries the bytes of a client and its backend both ways through the toxics of their route, as they are at each moment.
 *
 * A FIN goes through the toxics as bytes do. So does a reset, as a reset; but it does not wait for a side that takes nothing, nor for a
 * toxic that lets nothing pass.
 * @param client connected, paused and with `allowHalfOpen`, as the backend is; nobody else reads or writes them from now on.
 */
export function joinWithFaults(client: Socket, backend: Socket, faults: RouteFaults, account: JoinAccount): Joined {
  return new FaultedJoin(client, backend, faults, account);
}

class FaultedJoin implements Joined, FaultedConnection, LaneOwner {
  lastByteAt = performance.now();
  readonly #up: Lane;
  readonly #down: Lane;
  readonly #faults: RouteFaults;
  readonly #account: JoinAccount;
  /** The lane whose source was reset. */
  #failed: Lane | undefined;
  #open = 2;
  #isClosing = false;
  #isOver = false;

  constructor(client: Socket, backend: Socket, faults: RouteFaults, account: JoinAccount) {
    this.#faults = faults;
    this.#account = account;
    this.#up = new Lane(client, backend, of('upstream', faults.toxics), this);
    this.#down = new Lane(backend, client, of('downstream', faults.toxics), this);
    faults.enter(this);
    this.#follow(this.#up);
    this.#follow(this.#down);
    // who made this has to know it before it hears of it
    process.nextTick(() => this.#begin());
  }

  reset(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#resetBoth();
  }

  probe(now: number): void {
    for (const lane of [this.#up, this.#down])
      if (lane.stoppedAt > 0 && now - lane.stoppedAt > patience && !this.#isClosing && isGone(lane.source)) this.#fail(lane);
  }

  set(toxics: readonly Toxic[]): void {
    if (this.#isOver) return;
    this.#up.set(of('upstream', toxics));
    this.#down.set(of('downstream', toxics));
  }

  cut(): void {
    if (this.#isOver) return;
    this.#stop();
    this.#up.source.destroy();
    this.#down.source.destroy();
  }

  came(): void {
    this.lastByteAt = performance.now();
  }

  carried(lane: Lane, bytes: number): void {
    this.lastByteAt = performance.now();
    if (lane === this.#up) this.#account.up(bytes);
    else this.#account.down(bytes);
  }

  closedByToxic(lane: Lane): void {
    if (this.#failed !== undefined) {
      this.#endByReset(this.#failed);
      return;
    }
    this.#stop();
    lane.source.destroy();
    closeGently(lane.sink);
  }

  resetByToxic(): void {
    if (this.#isOver) return;
    this.#end('closed');
    this.#resetBoth();
  }

  resetBySource(lane: Lane): void {
    this.#endByReset(lane);
  }

  #begin(): void {
    if (this.#isOver) return;
    this.#up.open();
    this.#down.open();
    for (const lane of [this.#up, this.#down]) if (lane.source.destroyed) this.#fail(lane);
  }

  #follow(lane: Lane): void {
    lane.source.on('error', () => this.#fail(lane));
    lane.source.on('close', () => {
      this.#open -= 1;
      if (!lane.source.readableEnded) this.#fail(lane);
      if (this.#open === 0) this.#end('closed');
    });
  }

  #fail(lane: Lane): void {
    if (this.#isOver || this.#isClosing || this.#failed === lane) return;
    if (this.#failed !== undefined) {
      // now both are gone
      this.#endByReset(this.#failed);
      return;
    }
    this.#failed = lane;
    this.#other(lane).stop();
    lane.fail();
  }

  #endByReset(lane: Lane): void {
    if (this.#isOver) return;
    this.#end(lane === this.#up ? 'resetByClient' : 'resetByBackend');
    this.#resetBoth();
  }

  #end(how: 'closed' | 'resetByClient' | 'resetByBackend'): void {
    if (this.#isOver) return;
    this.#leave();
    this.#account.ended(how);
  }

  #leave(): void {
    this.#isOver = true;
    this.#stop();
    this.#faults.leave(this);
  }

  #stop(): void {
    this.#isClosing = true;
    this.#up.stop();
    this.#down.stop();
  }

  #resetBoth(): void {
    reset(this.#up.source);
    reset(this.#down.source);
  }

  #other(lane: Lane): Lane {
    return lane === this.#up ? this.#down : this.#up;
  }
}

function of(stream: Stream, toxics: readonly Toxic[]): readonly Toxic[] {
  return toxics.filter((toxic) => toxic.stream === stream);
}

/** Ends a socket so that what was sent arrives: closed at once, bytes that come later would be answered with a reset, which overtakes them. */
function closeGently(socket: Socket): void {
  const linger = () => {
    if (socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), lingerTime);
    socket.once('close', () => clearTimeout(timer));
  };
  socket.end();
  if (socket.writableFinished) linger();
  else socket.once('finish', linger);
}
