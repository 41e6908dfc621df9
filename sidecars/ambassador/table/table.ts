import { chmodSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '#shared/exit.ts';
import type { Health } from '#shared/health.ts';
import type { Log } from '#shared/log.ts';
import type { Ledger } from '../dispatch/ledger.ts';
import type { DialFailure, Engine } from '../engines/engine.ts';
import type { Engines } from '../engines/engines.ts';
import { defaultMode, type Listening } from '../engines/listening.ts';
import type { Past } from '../past.ts';
import { Loops } from '../resolve/loops.ts';
import type { Resolver } from '../resolve/resolver.ts';
import { overlap } from '../routes/listen.ts';
import { plan, type Listener as WantedListener } from '../routes/plan.ts';
import type { ListenAddress, Route } from '../routes/route.ts';
import type { TlsContexts } from '../tls/contexts.ts';
import { Leaving } from './leaving.ts';
import { Disturbed, ListenError } from './listen-error.ts';
import { RunningRoute } from './running-route.ts';
import { contextsOf } from './tls-files.ts';

/** What a table works with. */
export interface TableParts {
  readonly engines: Engines;
  readonly ledger: Ledger;
  readonly past: Past;
  readonly resolver: Resolver;
  readonly tls: TlsContexts;
  readonly health: Health;
  readonly log: Log;
}

/** A listening address and the routes behind it. */
interface Listener {
  readonly key: string;
  readonly address: ListenAddress;
  readonly socket: Listening | undefined;
  engine: Engine;
  routes: RunningRoute[];
}

/** The routes that run, by the addresses that they listen on; {@link apply} makes them those that are wanted. */
export class RouteTable {
  readonly #parts: TableParts;
  readonly #listeners = new Map<string, Listener>();
  readonly #leaving: Leaving;
  readonly #loops = new Loops();
  #applying: Promise<void> = Promise.resolve();
  /** The key of the listener that could not be opened the last time. */
  #refused: string | undefined;

  constructor(parts: TableParts) {
    this.#parts = parts;
    this.#leaving = new Leaving(parts.past, (name) => this.#running(name));
  }

  /** The routes that run, in no order of their own, each with those of its name that still have clients. */
  get running(): { readonly running: RunningRoute; readonly leaving: readonly RunningRoute[] }[] {
    const routes = [...this.#listeners.values()].flatMap((listener) => listener.routes);
    return routes.map((running) => ({ running, leaving: this.#leaving.of(running.route.name) }));
  }

  /** Those of a name that are listened for no more, and still have clients. */
  leaving(name: string): readonly RunningRoute[] {
    return this.#leaving.of(name);
  }

  /** The routes that are wanted, as they were applied last. */
  get routes(): Route[] {
    return this.running.map(({ running }) => running.route);
  }

  /**
   * Makes the routes that run those that are given. What stays as it was is not touched; connections that are established stay
   * in any case. One call is done after the other.
   * @throws ListenError where an address cannot be listened on, or an Error that says which file of TLS is wrong; then all is as it
   * was before.
   */
  apply(routes: readonly Route[]): Promise<void> {
    const next = () => this.#apply(routes);
    const applied = this.#applying.then(next, next);
    this.#applying = applied;
    return applied;
  }

  /** Attempts of an engine to connect to a backend failed. */
  failed(slot: number, reason: DialFailure, count: number): void {
    for (const { running } of this.running) running.upstream.failed(slot, reason, count);
  }

  /** Closes its listening sockets, so that with those of the engines new clients are refused. For the end. */
  closeSockets(): void {
    for (const { socket } of this.#listeners.values()) socket?.close();
  }

  /** Looks after no backend any more; connections stay. For the end, once the engines are drained. */
  close(): void {
    for (const { running } of this.running) void running.close();
  }

  async #apply(routes: readonly Route[]): Promise<void> {
    const { close, open, change } = plan(this.routes, routes);
    const opened: Listener[] = [];
    const freed: WantedListener[] = [];
    try {
      for (const route of routes) await this.#readTls(route);
      const inTheWayOf = ({ address }: WantedListener) => close.filter((former) => overlap(former.address, address));
      const wasRefused = ({ key }: WantedListener) => Number(key === this.#refused);
      // last those that need the place of one that is closed: until then nothing that serves is given up; and first the one that was
      // refused before, so that the others do not come and go each time that this is tried again
      const order = (a: WantedListener, b: WantedListener) =>
        inTheWayOf(a).length - inTheWayOf(b).length || wasRefused(b) - wasRefused(a);
      for (const wanted of open.toSorted(order)) {
        this.#refused = wanted.key;
        for (const former of inTheWayOf(wanted)) {
          if (!freed.includes(former)) freed.push(former);
          await this.#unlisten(former.key);
        }
        opened.push(await this.#open(wanted));
      }
      this.#refused = undefined;
    } catch (error) {
      for (const { key } of opened) await this.#unlisten(key);
      await this.#restore(freed, error);
      throw freed.length > 0 ? new Disturbed(error) : error;
    }
    for (const wanted of change) {
      const listener = this.#listeners.get(wanted.key);
      if (listener !== undefined) await this.#change(listener, wanted.routes);
    }
    for (const { key } of close) await this.#unlisten(key);
  }

  /**
   * Listens again where it was given up for what then failed.
   * @throws Error with both reasons, where somebody took the place meanwhile.
   */
  async #restore(freed: readonly WantedListener[], why: unknown): Promise<void> {
    const errors: unknown[] = [];
    for (const former of freed) await this.#open(former).catch((error) => errors.push(error));
    // the message of one that has none is those of its parts
    if (errors.length > 0) throw new AggregateError([why, ...errors], '');
  }

  async #open({ key, address, routes: group }: WantedListener): Promise<Listener> {
    const { engines, log } = this.#parts;
    const engine = engines.for(group);
    const [first] = group;
    let socket: Listening | undefined;
    const routes: RunningRoute[] = [];
    try {
      socket = await engines.listening(address, first.options.listenMode);
      for (const route of group) routes.push(await this.#start(route, engine));
      await engine.listen({ key, address, ...descriptorOf(socket), routes: routes.map(described) });
    } catch (error) {
      socket?.close();
      for (const route of routes) this.#retire(route);
      throw new ListenError(first, error);
    }
    const listener = { key, address, socket, engine, routes };
    this.#listeners.set(key, listener);
    for (const { route } of routes) log.info({ route: route.name, engine: engine.name }, 'listening');
    this.#announce(routes);
    return listener;
  }

  /** Other routes or options on the same address. */
  async #change(listener: Listener, group: WantedListener['routes']): Promise<void> {
    const { key, address } = listener;
    const engine = this.#parts.engines.for(group);
    const [{ options }] = group;
    if (address.type === 'unix') chmodSync(address.path, Number.parseInt(options.listenMode ?? defaultMode, 8));
    if (engine !== listener.engine) {
      await this.#move(listener, group, engine);
      return;
    }
    const former = new Map(listener.routes.map((running) => [running.route.name, running]));
    const routes: RunningRoute[] = [];
    for (const route of group) {
      const known = former.get(route.name);
      if (known !== undefined && !isDeepStrictEqual(known.route, route)) known.update(route, await this.#tlsOf(route));
      former.delete(route.name);
      routes.push(known ?? (await this.#start(route, engine)));
    }
    listener.routes = routes;
    await engine.listen({ key, address, routes: routes.map(described) });
    for (const running of former.values()) this.#retire(running);
    this.#announce(routes);
    this.#parts.log.info({ listen: key, routes: routes.map(({ route }) => route.name) }, 'changed');
  }

  /**
   * The same address by another engine: both have the listening socket for a moment, so that no client is turned away. The routes
   * have slots of their own there, as a slot is written to by one engine alone.
   */
  async #move(listener: Listener, group: readonly Route[], engine: Engine): Promise<void> {
    const { key, address, socket, engine: former, routes: left } = listener;
    const routes: RunningRoute[] = [];
    for (const route of group) routes.push(await this.#start(route, engine));
    await engine.listen({ key, address, ...descriptorOf(socket), routes: routes.map(described) });
    await former.unlisten(key);
    listener.engine = engine;
    listener.routes = routes;
    for (const running of left) this.#retire(running);
    this.#announce(routes);
    this.#parts.log.info({ listen: key, engine: engine.name }, 'moved to the other engine');
  }

  async #unlisten(key: string): Promise<void> {
    const listener = this.#listeners.get(key);
    if (listener === undefined) return;
    this.#listeners.delete(key);
    await listener.engine.unlisten(key);
    listener.socket?.close();
    for (const running of listener.routes) this.#retire(running);
    this.#parts.log.info({ listen: key }, 'listening no more');
  }

  async #start(route: Route, engine: Engine): Promise<RunningRoute> {
    const { ledger } = this.#parts;
    const tls = await this.#tlsOf(route);
    const slot = ledger.take();
    if (slot === undefined) throw new Error(`${route.name}: there are more routes and backends than there is room for`);
    const { log, past, resolver } = this.#parts;
    const parts = { ledger, log, past, resolver, loops: this.#loops };
    return new RunningRoute({ route, engine, slot, tls }, parts);
  }

  #announce(routes: readonly RunningRoute[]): void {
    for (const running of routes) running.announce(this.#parts.health.part(`route ${running.route.name}`));
  }

  /** @throws Error that says which file of which route is wrong, and how. */
  async #readTls({ name, options }: Route): Promise<void> {
    try {
      await contextsOf(this.#parts.tls, options, true);
    } catch (error) {
      throw new Error(`route ${name}: ${messageOf(error)}`, { cause: error });
    }
  }

  #tlsOf(route: Route) {
    return contextsOf(this.#parts.tls, route.options, false);
  }

  /** A route that is not listened for any more; its clients stay until they leave. */
  #retire(running: RunningRoute): void {
    this.#leaving.add(running);
    running.retire();
    const { name } = running.route;
    const successor = this.#running(name);
    if (successor === undefined) this.#parts.health.drop(`route ${name}`);
    else this.#announce([successor]);
  }

  #running(name: string): RunningRoute | undefined {
    return this.running.find(({ running }) => running.route.name === name)?.running;
  }
}

/** A duplicate of a listening socket, where there is one. */
function descriptorOf(socket: Listening | undefined): { readonly fd?: number } {
  return socket === undefined ? {} : { fd: socket.duplicate() };
}

function described(running: RunningRoute) {
  return running.described;
}
