import { EPOLL, Epoll } from '#shared/linux/epoll.ts';
import { type Libc, SystemError } from '#shared/linux/libc.ts';
import { Sockets } from '#shared/linux/socket.ts';
import { Dispatcher } from '../../dispatch/dispatcher.ts';
import { Ledger } from '../../dispatch/ledger.ts';
import type { DialFailure, EngineBackend, EngineRoute } from '../engine.ts';
import { Acceptor } from './acceptor.ts';
import { Carrier } from './carrier.ts';
import { Connections, KIND } from './connections.ts';
import type { Report, Start } from './messages.ts';

/** How often time limits are looked at while anyone waits, in milliseconds; and connections, where they have limits and where not. */
const tickPeriod = 25;
const sweepPeriod = 1000;
const restfulSweepPeriod = 10_000;

/** How often it is told that there are not descriptors enough, in milliseconds. */
const starvedPeriod = 1000;

/** The engine's loop: wait for events, serve each, look at the clock. It runs in a thread of its own, as it blocks. */
export class Loop {
  readonly #libc: Libc;
  readonly #epoll: Epoll;
  readonly #connections = new Connections();
  readonly #ledger: Ledger;
  readonly #acceptor: Acceptor;
  readonly #carrier: Carrier;
  readonly #dispatchers = new Map<number, Dispatcher<number>>();
  /** The same in an array, as each turn of the loop looks at them. */
  #routes: readonly Dispatcher<number>[] = [];
  #sweepPeriod = restfulSweepPeriod;
  /** Backends of routes that are not listened for yet. */
  readonly #early = new Map<number, readonly EngineBackend[]>();
  readonly #failures = new Map<number, [reason: DialFailure, count: number]>();
  readonly #ending: Int32Array;
  readonly #report: (report: Report) => void;
  #ticked = 0;
  #swept = 0;
  #starved = Number.NEGATIVE_INFINITY;
  #drained: (() => void) | undefined;
  #ended = false;

  constructor(libc: Libc, start: Start, report: (report: Report) => void) {
    this.#libc = libc;
    this.#report = report;
    this.#ending = new Int32Array(start.ending);
    this.#epoll = new Epoll(libc);
    this.#ledger = new Ledger(start.memory);
    const sockets = new Sockets(libc);
    const common = { libc, sockets, epoll: this.#epoll, connections: this.#connections };
    this.#acceptor = new Acceptor(libc, sockets, this.#epoll, this.#connections, start.most.connections);
    this.#carrier = new Carrier({ ...common, ledger: this.#ledger, acceptor: this.#acceptor }, start.most.pipes);
    this.#connections.make(start.wake, KIND.wake, -1, false);
    if (!this.#epoll.add(start.wake, EPOLL.IN, this.#connections.generation[start.wake] ?? 0))
      throw new SystemError('epoll_ctl', libc.errno());
  }

  /** Takes a listening descriptor for a route, or another route for a listener that it has. @returns false where it cannot be watched. */
  listen(key: string, fd: number | undefined, route: EngineRoute): boolean {
    const isWatched = this.#acceptor.listen(key, fd, this.#dispatcherOf(route));
    this.#adapt();
    return isWatched;
  }

  unlisten(key: string): void {
    this.#acceptor.unlisten(key);
  }

  setBackends(slot: number, backends: readonly EngineBackend[]): void {
    const dispatcher = this.#dispatchers.get(slot);
    if (dispatcher === undefined) this.#early.set(slot, backends);
    else dispatcher.setBackends(backends);
  }

  /** A route has no clients any more, and its slot will be another's. */
  forget(slot: number): void {
    this.#dispatchers.delete(slot);
    this.#early.delete(slot);
    this.#adapt();
  }

  /** Accepts nothing more, and calls `drained` when the last connection has ended. */
  drain(drained: () => void): void {
    this.#acceptor.unlistenAll();
    this.#drained = drained;
  }

  /** Resets all connections; {@link run} returns. */
  end(): void {
    this.#acceptor.unlistenAll();
    this.#carrier.closeAll();
    this.#ended = true;
  }

  /** Serves events until the end. @param wake is called when another thread says that it has orders. */
  run(wake: () => void): void {
    const memory = this.#libc.map(4096);
    for (let turn = 0; !this.#ended; turn += 1) {
      const count = this.#epoll.wait(this.#patience());
      if (Atomics.load(this.#ending, 0) !== 0) return;
      const { pump } = this.#carrier;
      pump.now = performance.now();
      for (let index = 0; index < count; index += 1) {
        const fd = this.#epoll.descriptor(index);
        const { kind, generation } = this.#connections;
        // of a descriptor that was closed by an event before this one, and perhaps opened again
        if (this.#epoll.tag(index) !== generation[fd]) continue;
        if (kind[fd] === KIND.listener) this.#acceptor.accept(fd, turn, pump.now, this.#carrier.begin);
        else if (kind[fd] !== KIND.wake) this.#carrier.event(fd, this.#epoll.events(index));
        else {
          this.#libc.read(fd, memory.address, 8);
          wake();
        }
      }
      pump.turn();
      this.#lookAtClock(pump.now);
      this.#tell(pump.now);
    }
  }

  /** How long to wait for events, in milliseconds; -1 is until there is one. */
  #patience(): number {
    if (this.#carrier.pump.pending) return 0;
    if (this.#anyonePending()) return tickPeriod;
    return this.#acceptor.patience ?? this.#sweepEvery() ?? -1;
  }

  #lookAtClock(now: number): void {
    if (now - this.#ticked >= tickPeriod && this.#anyonePending()) {
      this.#ticked = now;
      for (const dispatcher of this.#routes) if (dispatcher.pending) dispatcher.tick();
    }
    const every = this.#sweepEvery();
    if (every !== undefined && now - this.#swept >= every) {
      this.#swept = now;
      this.#carrier.sweep();
    }
    this.#acceptor.retry(now);
    if (this.#acceptor.clients === 0) {
      this.#drained?.();
      this.#drained = undefined;
    }
  }

  #anyonePending(): boolean {
    for (let index = 0; index < this.#routes.length; index += 1) if (this.#routes[index]?.pending) return true;
    return false;
  }

  /** A quarter of the shortest limit of a connection; undefined where there is none. */
  #sweepEvery(): number | undefined {
    return this.#acceptor.clients === 0 ? undefined : this.#sweepPeriod;
  }

  /** To be called when there are other routes, or other options of them. */
  #adapt(): void {
    this.#routes = [...this.#dispatchers.values()];
    const limits = this.#routes.flatMap(({ route: { options } }) => [options.idle, options.lifetime]);
    const shortest = Math.min(...limits.map((limit) => limit ?? Number.POSITIVE_INFINITY));
    this.#sweepPeriod = Number.isFinite(shortest)
      ? Math.min(sweepPeriod, Math.max(1, Math.ceil(shortest / 4)))
      : restfulSweepPeriod;
  }

  #dispatcherOf(route: EngineRoute): Dispatcher<number> {
    const known = this.#dispatchers.get(route.slot);
    if (known !== undefined) {
      known.update(route);
      return known;
    }
    const dispatcher = new Dispatcher<number>(route, this.#ledger, this.#carrier, (slot, reason) => {
      this.#failures.set(slot, [reason, (this.#failures.get(slot)?.[1] ?? 0) + 1]);
    });
    this.#dispatchers.set(route.slot, dispatcher);
    const early = this.#early.get(route.slot);
    this.#early.delete(route.slot);
    if (early !== undefined) dispatcher.setBackends(early);
    return dispatcher;
  }

  #tell(now: number): void {
    if ((this.#acceptor.paused || this.#carrier.isStarved) && now - this.#starved >= starvedPeriod) {
      this.#starved = now;
      this.#carrier.isStarved = false;
      this.#report({ type: 'starved' });
    }
    if (this.#failures.size === 0) return;
    this.#report({ type: 'failed', failures: [...this.#failures].map(([slot, [reason, count]]) => [slot, reason, count]) });
    this.#failures.clear();
  }
}
