import { Socket } from 'node:net';
import { messageOf } from '#shared/exit.ts';
import type { Log } from '#shared/log.ts';
import { Dispatcher } from '../../dispatch/dispatcher.ts';
import { type Ledger, type RouteCell, routeCell } from '../../dispatch/ledger.ts';
import type { FaultBook } from '../../faults/route-faults.ts';
import type { Preface } from '../../preface/preface.ts';
import type { TlsContexts } from '../../tls/contexts.ts';
import type { Engine, EngineBackend, EngineEvents, EngineListener, EngineRoute } from '../engine.ts';
import type { RawConnection } from './accept.ts';
import { endsOf, sourceHash } from './addresses.ts';
import { Carrier } from './carrier.ts';
import type { Client } from './client.ts';
import { Descriptors } from './descriptors.ts';
import { Failures, failureOf } from './failures.ts';
import { doorman, type Greeting, greet, greets, refusalOf } from './greeting.ts';
import { Listening } from './listening.ts';
import { reset } from './reset.ts';
import { Rounds } from './rounds.ts';
import { RouteTls } from './route-tls.ts';
import { Wire } from './wire.ts';

/** What the engine needs. */
export interface NetEngineOptions {
  readonly ledger: Ledger;
  readonly events: EngineEvents;
  readonly log: Log;
  /** Looks after the files of TLS. */
  readonly tls: TlsContexts;
  /** The faults of routes, by their names; none where there shall be none. */
  readonly faults?: FaultBook;
}

/** How often clients that wait are looked at, in milliseconds. */
const tickEvery = 25;

/** How long the same complaint is not made again, in milliseconds. */
const quietTime = 10_000;

/** A listener that is open. */
interface Open {
  routes: readonly EngineRoute[];
  listening?: Listening;
}

/** The engine of Node's own sockets: the reference, and the one for everything that has to look into the bytes. */
export class NetEngine implements Engine {
  readonly name = 'net';
  readonly ledger: Ledger;
  readonly #log: Log;
  readonly #starved: () => void;
  readonly #contexts: TlsContexts;
  readonly #faults: FaultBook | undefined;
  readonly #failures: Failures;
  readonly #descriptors = new Descriptors();
  readonly #listeners = new Map<string, Open>();
  readonly #dispatchers = new Map<number, Dispatcher<Client>>();
  readonly #tls = new Map<number, RouteTls>();
  /** Backends of routes that are not listened for yet. */
  readonly #early = new Map<number, readonly EngineBackend[]>();
  /** Clients that are not carried yet: their route is not known, or their TLS has not begun. */
  readonly #greeted = new Set<Socket>();
  readonly #carrier: Carrier;
  readonly #ticks = new Rounds(tickEvery, () => this.#tick());
  readonly #end = new AbortController();
  #drained: (() => void)[] = [];
  /** When each complaint was made last. */
  readonly #saidAt = new Map<string, number>();

  constructor({ ledger, events, log, tls, faults }: NetEngineOptions) {
    this.ledger = ledger;
    this.#log = log;
    this.#starved = events.starved;
    this.#contexts = tls;
    this.#faults = faults;
    this.#failures = new Failures(events.failed, log);
    const emptied = () => this.#checkDrained();
    const [failures, descriptors, starved] = [this.#failures, this.#descriptors, this.#starved];
    this.#carrier = new Carrier({ ledger, log, failures, descriptors, faults, starved, emptied });
    process.on('exit', this.#leave);
  }

  async listen(listener: EngineListener): Promise<void> {
    const { key, routes } = listener;
    const tls = await this.#openTls(routes);
    const known = this.#listeners.get(key);
    const open: Open = known ?? { routes };
    try {
      open.listening ??= await Listening.open(listener, {
        raw: (raw) => this.#accept(open.routes, raw),
        socket: (socket) => this.#take(open.routes, socket),
        failed: (code) => this.#notAccepted(key, code),
      });
    } catch (error) {
      for (const one of tls.values()) one.close();
      throw error;
    }
    open.routes = routes;
    this.#listeners.set(key, open);
    for (const [slot, one] of tls) {
      this.#tls.get(slot)?.close();
      this.#tls.set(slot, one);
    }
    for (const route of routes) this.#serve(route);
    this.#pace();
  }

  async unlisten(key: string): Promise<void> {
    this.#listeners.get(key)?.listening?.close();
    this.#listeners.delete(key);
    this.#pace();
  }

  setBackends(routeSlot: number, backends: readonly EngineBackend[]): void {
    const dispatcher = this.#dispatchers.get(routeSlot);
    if (dispatcher === undefined) this.#early.set(routeSlot, backends);
    else dispatcher.setBackends(backends);
  }

  forget(routeSlot: number): void {
    this.#tls.get(routeSlot)?.close();
    for (const known of [this.#tls, this.#dispatchers, this.#early]) known.delete(routeSlot);
  }

  async drain(): Promise<void> {
    for (const key of [...this.#listeners.keys()]) await this.unlisten(key);
    if (this.#isEmpty()) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  async destroy(): Promise<void> {
    const drained = this.drain();
    this.#end.abort();
    this.#carrier.end();
    await drained;
    this.#ticks.stop();
    for (const slot of [...this.#dispatchers.keys()]) this.forget(slot);
    process.off('exit', this.#leave);
  }

  /** The process exits: the system would end what is left with a FIN, by which an answer that is cut off looks complete. */
  readonly #leave = () => {
    for (const socket of this.#greeted) reset(socket);
    this.#carrier.end();
  };

  /** Opens the TLS of routes where what they have does not fit any more. @throws Error saying which file is wrong, and how. */
  async #openTls(routes: readonly EngineRoute[]): Promise<Map<number, RouteTls>> {
    const opened = new Map<number, RouteTls>();
    try {
      for (const { slot, options } of routes)
        if (!this.#tls.get(slot)?.fits(options)) opened.set(slot, await RouteTls.open(this.#contexts, options));
      return opened;
    } catch (error) {
      for (const one of opened.values()) one.close();
      throw error;
    }
  }

  #serve(route: EngineRoute): void {
    const known = this.#dispatchers.get(route.slot);
    if (known !== undefined) {
      known.update(route);
      return;
    }
    const failed = this.#failures.note.bind(this.#failures);
    const dispatcher = new Dispatcher<Client>(route, this.ledger, this.#carrier, failed);
    this.#dispatchers.set(route.slot, dispatcher);
    const early = this.#early.get(route.slot);
    this.#early.delete(route.slot);
    if (early !== undefined) dispatcher.setBackends(early);
  }

  #accept(routes: readonly EngineRoute[], raw: RawConnection): void {
    const [route] = routes;
    if (!this.#descriptors.forClient(this.#greeted.size + this.#carrier.descriptors)) this.#turnAway(routes, raw);
    else if (route === undefined || greets(routes) || route.options.tlsOut || this.#faults !== undefined)
      this.#take(routes, streamOf(raw));
    else {
      const wire = new Wire(raw);
      this.#begin(route, wire, {});
    }
  }

  /** Says that clients could not be accepted: they may be many, and always for the same reason. */
  #notAccepted(listen: string, code: string): void {
    if (failureOf(code) === 'starved') this.#starved();
    if (this.#isQuiet(`accept ${code}`)) return;
    this.#log.warn({ listen, code }, 'clients could not be accepted, and were closed by the system; raise its limits');
  }

  /** Whether a complaint was made a moment ago; it counts as made otherwise. */
  #isQuiet(complaint: string): boolean {
    const now = performance.now();
    if (now - (this.#saidAt.get(complaint) ?? Number.NEGATIVE_INFINITY) < quietTime) return true;
    this.#saidAt.set(complaint, now);
    return false;
  }

  #turnAway(routes: readonly EngineRoute[], raw: RawConnection): void {
    this.#starved();
    if (raw.reset === undefined) raw.close();
    else raw.reset();
    const slot = doorman(routes)?.slot;
    if (slot === undefined) return;
    this.#count(slot, 'accepted', 1);
    this.#count(slot, 'noDescriptor', 1);
  }

  /** A client that is looked at, or carried as a stream. */
  #take(routes: readonly EngineRoute[], socket: Socket): void {
    // whoever has it next hears of errors; one with nobody to hear it would end the process
    socket.on('error', () => {});
    const door = doorman(routes);
    if (door === undefined) reset(socket);
    else if (!greets(routes)) this.#begin(door, socket, {});
    else void this.#greet(door, routes, socket);
  }

  async #greet(door: EngineRoute, routes: readonly EngineRoute[], socket: Socket): Promise<void> {
    this.#greeted.add(socket);
    this.#count(door.slot, 'clients', 1);
    let greeting: Greeting | undefined;
    try {
      greeting = await greet(socket, routes, (slot) => this.#tls.get(slot), this.#end.signal);
    } catch (error) {
      this.#count(door.slot, 'accepted', 1);
      const refusal = refusalOf(error);
      this.#count(door.slot, refusal, 1);
      // whoever set up TLS has to see why it fails; others are those who look around
      const level = refusal === 'tlsFailed' && !this.#isQuiet(`TLS of ${door.name}`) ? 'info' : 'debug';
      this.#log[level]({ route: door.name, client: socket.remoteAddress, reason: messageOf(error) }, 'client refused');
      reset(socket);
    }
    this.#greeted.delete(socket);
    this.#count(door.slot, 'clients', -1);
    if (greeting !== undefined) this.#begin(greeting.route, greeting.socket, greeting.preface);
    this.#checkDrained();
  }

  #begin({ slot, options }: EngineRoute, socket: Socket, preface: Preface): void {
    const dispatcher = this.#dispatchers.get(slot);
    if (dispatcher === undefined) {
      reset(socket);
      return;
    }
    const ends = options.proxyOut === 'off' ? undefined : endsOf(socket, preface);
    const source = options.balance === 'source' ? sourceHash(socket, preface) : 0;
    this.#carrier.begin(
      { socket, dispatcher, options, tls: this.#tls.get(slot), ends, attempt: undefined, dialing: undefined },
      source,
    );
    this.#ticks.begin();
  }

  #isEmpty(): boolean {
    return this.#greeted.size + this.#carrier.clients === 0;
  }

  #checkDrained(): void {
    if (this.#drained.length === 0 || !this.#isEmpty()) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Finds the shortest limit of time of a connection. */
  #pace(): void {
    const options = [...this.#listeners.values()].flatMap(({ routes }) => routes.map((route) => route.options));
    const limits = options.flatMap(({ idle, lifetime }) => [
      idle ?? Number.POSITIVE_INFINITY,
      lifetime ?? Number.POSITIVE_INFINITY,
    ]);
    this.#carrier.pace(Math.min(...limits));
  }

  #tick(): boolean {
    let pending = false;
    for (const dispatcher of this.#dispatchers.values()) {
      if (dispatcher.pending) dispatcher.tick();
      pending ||= dispatcher.pending;
    }
    return pending;
  }

  #count(slot: number, cell: RouteCell, amount: number): void {
    const at = this.ledger.at(slot) + routeCell[cell];
    this.ledger.cells[at] = (this.ledger.cells[at] ?? 0) + amount;
  }
}

/** An accepted connection that is not read before somebody wants it. */
function streamOf(raw: RawConnection): Socket {
  return new Socket({ handle: raw, allowHalfOpen: true, pauseOnCreate: true } as unknown as ConstructorParameters<
    typeof Socket
  >[0]);
}
