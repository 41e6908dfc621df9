import { once } from 'node:events';
import { createServer } from 'node:net';
import { formatAddress } from '#shared/config/address.ts';
import { Invalid } from '#shared/config/kinds.ts';
import { messageOf } from '#shared/exit.ts';
import type { Health } from '#shared/health.ts';
import { findClashes } from '../routes/clashes.ts';
import { Problems } from '../routes/problems.ts';
import type { Route } from '../routes/route.ts';
import { formatTarget } from '../routes/target.ts';
import { ProxyError, type ProxyHost, type RouteProxy } from './proxy-host.ts';
import type { FaultBook } from './route-faults.ts';

/** What {@link RouteProxies} work with. */
export interface RouteProxiesParts {
  readonly faults: FaultBook;
  /** Is told of the routes that are down. */
  readonly health: Health;
  /** Makes the routes that run those that are given, or none of them. */
  readonly apply: (routes: readonly Route[]) => Promise<void>;
  /** Reads routes as they are written. @throws Invalid */
  readonly read: (text: string) => readonly Route[];
}

/**
 * The routes as proxies that the API of faults may add, change, take down and remove. Where it changed or removed
 * a route that is written, that holds until a reload; routes that are down, and those that it added, stay so then.
 */
export class RouteProxies implements ProxyHost {
  readonly faults: FaultBook;
  readonly #health: Health;
  readonly #apply: RouteProxiesParts['apply'];
  readonly #read: RouteProxiesParts['read'];
  /** The change that is under way: the next one begins with what it leaves. */
  #last: Promise<unknown> = Promise.resolve();
  #routes: readonly Route[] = [];
  readonly #added = new Set<string>();
  #down: ReadonlySet<string> = new Set();

  constructor({ faults, health, apply, read }: RouteProxiesParts) {
    this.faults = faults;
    this.#health = health;
    this.#apply = apply;
    this.#read = read;
  }

  /** The routes that are down. */
  get down(): readonly Route[] {
    return this.#routes.filter(({ name }) => this.#down.has(name));
  }

  /** Takes the routes that are written. @throws what the applying throws. */
  configure(written: readonly Route[]): Promise<void> {
    return this.#inTurn(async () => {
      const names = new Set(written.map(({ name }) => name));
      const added = this.#routes.filter(({ name }) => this.#added.has(name) && !names.has(name));
      await this.#become([...written, ...added], this.#down);
      for (const name of names) this.#added.delete(name);
    });
  }

  async proxies(): Promise<readonly RouteProxy[]> {
    return this.#routes.map((route) => this.#shown(route));
  }

  create({ name, listen, upstream, enabled }: RouteProxy): Promise<RouteProxy> {
    return this.#inTurn(async () => {
      if (this.#routes.some((route) => route.name === name)) throw new ProxyError('exists', `there is a route ${name} already`);
      const route = { ...this.#parse(listen || `127.0.0.1:${await freePort()}`, upstream), name };
      await this.#change([...this.#routes, route], enabled ? this.#down : new Set([...this.#down, name]));
      this.#added.add(name);
      return this.#shown(route);
    });
  }

  update(name: string, to: { readonly listen: string; readonly upstream: string }): Promise<RouteProxy> {
    return this.#inTurn(async () => {
      const before = this.#find(name);
      const { listen, targets } = this.#parse(to.listen, to.upstream);
      const after = { ...before, listen, targets };
      await this.#change(
        this.#routes.map((route) => (route === before ? after : route)),
        this.#down,
      );
      return this.#shown(after);
    });
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const gone = this.#find(name);
      await this.#change(
        this.#routes.filter((route) => route !== gone),
        new Set([...this.#down].filter((other) => other !== name)),
      );
      this.#added.delete(name);
    });
  }

  setEnabled(name: string, enabled: boolean): Promise<RouteProxy> {
    return this.#inTurn(async () => {
      const route = this.#find(name);
      const others = [...this.#down].filter((other) => other !== name);
      await this.#change(this.#routes, new Set(enabled ? others : [...others, name]));
      return this.#shown(route);
    });
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act, act);
    this.#last = done;
    return done;
  }

  #find(name: string): Route {
    const route = this.#routes.find((candidate) => candidate.name === name);
    if (route === undefined) throw new ProxyError('notFound', `there is no route ${name}`);
    return route;
  }

  async #change(routes: readonly Route[], down: ReadonlySet<string>): Promise<void> {
    try {
      await this.#become(routes, down);
    } catch (error) {
      throw new ProxyError(error instanceof Invalid ? 'invalid' : 'failed', messageOf(error), { cause: error });
    }
  }

  /** @throws Invalid where routes that shall be up cannot be together, or what the applying throws. */
  async #become(routes: readonly Route[], down: ReadonlySet<string>): Promise<void> {
    const up = routes.filter(({ name }) => !down.has(name));
    const problems = new Problems();
    const described = up.map(({ name, listen, targets, options }) => ({
      text: name,
      listen,
      targets,
      given: { ...options, name },
    }));
    findClashes(described, problems);
    problems.raise();
    await this.#apply(up);
    const before = this.down;
    this.#routes = routes;
    this.#down = down;
    for (const { name } of before) if (!routes.some((route) => route.name === name)) this.#health.drop(`route ${name}`);
    for (const { name } of this.down)
      this.#health
        .part(`route ${name}`)
        .degraded(
          `it was taken down by a fault, and nobody is listened for; DELETE /faults/${encodeURIComponent(name)} brings it up`,
        );
  }

  /** A route as a client of the API writes it. */
  #parse(listen: string, upstream: string): Route {
    try {
      const [route] = this.#read(`${listen}=${upstream}`);
      if (route !== undefined) return route;
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      throw new ProxyError('invalid', error.message, { cause: error });
    }
    throw new ProxyError('invalid', `${listen}=${upstream} is no route`);
  }

  #shown({ name, listen, targets }: Route): RouteProxy {
    const upstream = targets.map(formatTarget).join(',');
    return { name, listen: formatAddress(listen), upstream, enabled: !this.#down.has(name) };
  }
}

/** A port that is free at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
