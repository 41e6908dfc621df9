import type { Socket } from 'node:net';
import type { Log } from '#shared/log.ts';
import type { Attempt } from '../../dispatch/attempt.ts';
import { type Backend, hashOf } from '../../dispatch/backend.ts';
import { type Dialer, Dispatcher, type Refusal } from '../../dispatch/dispatcher.ts';
import type { Endpoint } from '../../dispatch/endpoint.ts';
import type { Ledger } from '../../dispatch/ledger.ts';
import type { Engine, EngineBackend, EngineEvents, EngineListener, EngineRoute } from '../engine.ts';
import type { RawConnection } from './accept.ts';
import type { Client } from './client.ts';
import { Connection } from './connection.ts';
import { Failures, failureOf } from './failures.ts';
import { Join } from './join.ts';
import { Listening } from './listening.ts';
import { reset } from './reset.ts';
import { Wire } from './wire.ts';

/** What the engine needs. */
export interface NetEngineOptions {
  readonly ledger: Ledger;
  readonly events: EngineEvents;
  readonly log: Log;
}

/** How often clients that wait are looked at, in milliseconds. */
const tickEvery = 25;
/** How often connections are looked at, in milliseconds, where no route has a shorter limit. */
const lookEvery = 1000;

/** The engine of Node's own sockets: the reference, and the one for everything that has to look into the bytes. */
export class NetEngine implements Engine, Dialer<Client> {
  readonly name = 'net';
  readonly ledger: Ledger;
  readonly #log: Log;
  readonly #failures: Failures;
  readonly #listeners = new Map<string, { socket: Listening; routes: readonly EngineRoute[] }>();
  readonly #dispatchers = new Map<number, Dispatcher<Client>>();
  /** Backends of routes that are not listened for yet. */
  readonly #early = new Map<number, readonly EngineBackend[]>();
  /** Clients without a connection. */
  readonly #coming = new Set<Client>();
  readonly #connections = new Set<Connection>();
  #ticking: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #lookEvery = lookEvery;
  #drained: (() => void)[] = [];

  constructor({ ledger, events, log }: NetEngineOptions) {
    this.ledger = ledger;
    this.#log = log;
    this.#failures = new Failures(events.failed);
  }

  async listen(listener: EngineListener): Promise<void> {
    const known = this.#listeners.get(listener.key);
    if (known !== undefined) {
      known.routes = listener.routes;
    } else {
      const entry = { routes: listener.routes } as { socket: Listening; routes: readonly EngineRoute[] };
      entry.socket = await Listening.open(listener, {
        raw: (raw) => this.#accept(entry.routes, raw),
        socket: (socket) => socket.destroy(),
        failed: (code) => this.#log.warn({ listen: listener.key, code }, 'clients could not be accepted'),
      });
      this.#listeners.set(listener.key, entry);
    }
    for (const route of listener.routes) this.#dispatch(route);
    this.#settle();
  }

  async unlisten(key: string): Promise<void> {
    this.#listeners.get(key)?.socket.close();
    this.#listeners.delete(key);
    this.#settle();
  }

  setBackends(routeSlot: number, backends: readonly EngineBackend[]): void {
    const dispatcher = this.#dispatchers.get(routeSlot);
    if (dispatcher === undefined) this.#early.set(routeSlot, backends);
    else dispatcher.setBackends(backends);
  }

  forget(routeSlot: number): void {
    this.#dispatchers.delete(routeSlot);
    this.#early.delete(routeSlot);
  }

  async drain(): Promise<void> {
    for (const key of [...this.#listeners.keys()]) await this.unlisten(key);
    if (this.#coming.size + this.#connections.size === 0) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  async destroy(): Promise<void> {
    const drained = this.drain();
    for (const client of this.#coming) {
      this.#leave(client);
      reset(client.wire);
    }
    for (const connection of this.#connections) connection.reset('closed');
    await drained;
    clearInterval(this.#ticking);
    clearInterval(this.#looking);
  }

  dial(attempt: Attempt<Client>, { endpoint }: Backend): void {
    const { client } = attempt;
    const wire = new Wire();
    client.dialing = wire;
    connect(wire, endpoint, (error) => {
      if (client.dialing !== wire) return;
      client.dialing = undefined;
      if (error === undefined) this.#join(attempt, wire);
      else this.#fail(attempt, error);
    });
  }

  abandon({ client }: Attempt<Client>): void {
    client.dialing?.destroy();
    client.dialing = undefined;
  }

  refuse(client: Client, reason: Refusal): void {
    this.#log.debug({ route: client.dispatcher.route.name, reason }, 'client refused');
    reset(client.wire);
    this.#gone(client);
  }

  #dispatch(route: EngineRoute): void {
    const known = this.#dispatchers.get(route.slot);
    if (known !== undefined) {
      known.update(route);
      return;
    }
    const dispatcher = new Dispatcher<Client>(route, this.ledger, this, (slot, reason) => this.#failures.note(slot, reason));
    this.#dispatchers.set(route.slot, dispatcher);
    const early = this.#early.get(route.slot);
    this.#early.delete(route.slot);
    if (early !== undefined) dispatcher.setBackends(early);
  }

  #accept(routes: readonly EngineRoute[], raw: RawConnection): void {
    const dispatcher = this.#dispatchers.get(routes[0]?.slot ?? -1);
    if (dispatcher === undefined) {
      raw.close();
      return;
    }
    const wire = new Wire(raw);
    const client: Client = { wire, dispatcher, attempt: undefined, dialing: undefined };
    const source = dispatcher.route.options.balance === 'source' ? hashOf(wire.remoteAddress ?? '') : 0;
    this.#coming.add(client);
    this.#watch();
    const attempt = dispatcher.begin(client, source);
    if (this.#coming.has(client)) client.attempt = attempt;
  }

  #join(attempt: Attempt<Client>, backend: Wire): void {
    const { client } = attempt;
    const connection = new Connection(client.dispatcher, client.dispatcher.connected(attempt), this.ledger, this.#over);
    this.#connections.add(connection);
    this.#coming.delete(client);
    connection.joined = new Join(client.wire, backend, connection);
  }

  #fail(attempt: Attempt<Client>, error: NodeJS.ErrnoException): void {
    const { dispatcher } = attempt.client;
    const reason = failureOf(error.code);
    if (reason === 'starved') dispatcher.starved(attempt);
    else dispatcher.failed(attempt, reason);
  }

  /** A client is gone before it had a connection. */
  #leave(client: Client): void {
    if (client.attempt !== undefined) client.dispatcher.left(client.attempt);
    this.#gone(client);
  }

  #gone(client: Client): void {
    this.#coming.delete(client);
    this.#checkDrained();
  }

  readonly #over = (connection: Connection): void => {
    this.#connections.delete(connection);
    this.#checkDrained();
  };

  #checkDrained(): void {
    if (this.#coming.size + this.#connections.size > 0) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Finds how often to look at connections. */
  #settle(): void {
    const routes = [...this.#listeners.values()].flatMap((listener) => listener.routes);
    const limits = routes.flatMap(({ options }) => [options.idle ?? lookEvery * 4, options.lifetime ?? lookEvery * 4]);
    this.#lookEvery = Math.max(tickEvery, Math.min(lookEvery, ...limits.map((limit) => limit / 4)));
    if (this.#looking === undefined) return;
    clearInterval(this.#looking);
    this.#looking = setInterval(() => this.#look(), this.#lookEvery);
  }

  #watch(): void {
    this.#ticking ??= setInterval(() => this.#tick(), tickEvery);
    this.#looking ??= setInterval(() => this.#look(), this.#lookEvery);
  }

  #tick(): void {
    let pending = false;
    for (const dispatcher of this.#dispatchers.values()) {
      if (dispatcher.pending) dispatcher.tick();
      pending ||= dispatcher.pending;
    }
    if (pending) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  #look(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.look(now);
    for (const client of this.#coming) {
      if (client.attempt === undefined || now - client.attempt.since < lookEvery || !client.wire.isGone()) continue;
      this.#leave(client);
      reset(client.wire);
    }
    if (this.#connections.size + this.#coming.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }
}

/** Connects a socket. @param done is called once, unless the socket is destroyed before. */
function connect(socket: Socket, endpoint: Endpoint, done: (error: NodeJS.ErrnoException | undefined) => void): void {
  const failed = (error: NodeJS.ErrnoException) => {
    socket.off('connect', connected);
    done(error);
  };
  const connected = () => {
    socket.off('error', failed);
    done(undefined);
  };
  socket.once('connect', connected).once('error', failed);
  if (endpoint.type === 'unix') socket.connect({ path: endpoint.path });
  else socket.connect({ host: endpoint.address, port: endpoint.port, family: endpoint.family });
}
