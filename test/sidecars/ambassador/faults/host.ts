import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { Handlers, serveAdmin } from '#shared/admin.ts';
import { Health } from '#shared/health.ts';
import { Metrics } from '#shared/metrics.ts';
import { answer, faultPaths } from '../../../../sidecars/ambassador/faults/api.ts';
import { joinWithFaults } from '../../../../sidecars/ambassador/faults/join.ts';
import { ProxyError, type ProxyHost, type RouteProxy } from '../../../../sidecars/ambassador/faults/proxy-host.ts';
import { FaultBook } from '../../../../sidecars/ambassador/faults/route-faults.ts';
import { Account } from './way.ts';

/** Routes of one target each, which listen and carry. */
export class SmallHost implements ProxyHost {
  readonly faults = new FaultBook();
  readonly #routes = new Map<string, { proxy: RouteProxy; server: Server | undefined }>();

  async proxies(): Promise<readonly RouteProxy[]> {
    return [...this.#routes.values()].map(({ proxy }) => proxy);
  }

  async create(proxy: RouteProxy): Promise<RouteProxy> {
    if (this.#routes.has(proxy.name)) throw new ProxyError('exists', `there is a route ${proxy.name}`);
    targetOf(proxy);
    this.#routes.set(proxy.name, { proxy: { ...proxy, enabled: false }, server: undefined });
    try {
      return proxy.enabled ? await this.setEnabled(proxy.name, true) : this.#route(proxy.name).proxy;
    } catch (error) {
      this.#routes.delete(proxy.name);
      throw error;
    }
  }

  async update(name: string, to: { readonly listen: string; readonly upstream: string }): Promise<RouteProxy> {
    const route = this.#route(name);
    targetOf({ ...route.proxy, ...to });
    const moves = to.listen !== route.proxy.listen && route.proxy.enabled;
    if (moves) await this.setEnabled(name, false);
    route.proxy = { ...route.proxy, ...to };
    return moves ? this.setEnabled(name, true) : route.proxy;
  }

  async remove(name: string): Promise<void> {
    await this.setEnabled(name, false);
    this.#routes.delete(name);
  }

  async setEnabled(name: string, enabled: boolean): Promise<RouteProxy> {
    const route = this.#route(name);
    if (enabled === route.proxy.enabled) return route.proxy;
    if (!enabled) {
      // connections that live do not let it end, and are not waited for
      route.server?.close();
      route.server = undefined;
    } else {
      route.server = await this.#listen(name, route.proxy.listen);
      const { address, port } = route.server.address() as AddressInfo;
      route.proxy = { ...route.proxy, listen: `${address}:${port}` };
    }
    route.proxy = { ...route.proxy, enabled };
    return route.proxy;
  }

  async close(): Promise<void> {
    for (const name of [...this.#routes.keys()]) {
      this.faults.of(name).cut();
      await this.remove(name);
    }
  }

  #route(name: string) {
    const route = this.#routes.get(name);
    if (route === undefined) throw new ProxyError('notFound', `there is no route ${name}`);
    return route;
  }

  async #listen(name: string, listen: string): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
      const backend = connect({ ...targetOf(this.#route(name).proxy), allowHalfOpen: true });
      backend.pause();
      const gone = () => client.destroy();
      backend.once('error', gone);
      backend.once('connect', () => joinWithFaults(client, backend, this.faults.of(name), new Account()));
    });
    server.listen({ host: '127.0.0.1', port: Number(/:(\d+)$/.exec(listen)?.[1] ?? 0) });
    try {
      await once(server, 'listening');
    } catch (error) {
      throw new ProxyError('failed', `${listen}: ${error}`, { cause: error });
    }
    return server;
  }
}

function targetOf({ upstream }: RouteProxy): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^([^:,]+):(\d+)/.exec(upstream) ?? [];
  if (port === '') throw new ProxyError('invalid', `upstream: ${upstream} is not an address, such as redis:6379`);
  return { host, port: Number(port) };
}

/** What was answered. */
export interface Answer {
  readonly code: number;
  readonly type: string | null;
  readonly allow: string | null;
  /** The JSON of the body; undefined where there was none. */
  readonly body: unknown;
}

/** The API of a host, over HTTP. */
export class Api {
  readonly host = new SmallHost();
  #address = '';

  /** Serves it on the admin server, until the test ends. */
  static async serve(t: TestContext): Promise<Api> {
    const api = new Api();
    const handlers = new Handlers();
    for (const path of faultPaths)
      handlers.add(path, async (request) => (await answer(request, api.host)) ?? { code: 599, type: 'text/plain', body: '' });
    const admin = await serveAdmin({
      listen: { type: 'tcp', host: '127.0.0.1', port: 0 },
      health: new Health(),
      metrics: new Metrics('x'),
      status: () => ({}),
      handlers,
    });
    api.#address = admin.address;
    atEnd(t, () => admin.close());
    atEnd(t, () => api.host.close());
    return api;
  }

  /** One request. @param body is sent as JSON, or as it is where it is a text. */
  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const reply = await fetch(`${this.#address}${path}`, { method, headers, ...init });
    const text = await reply.text();
    const { status: code, headers: answered } = reply;
    return {
      code,
      type: answered.get('content-type'),
      allow: answered.get('allow'),
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** The code and body alone. */
  async says(method: string, path: string, body?: unknown): Promise<[number, unknown]> {
    const answered = await this.ask(method, path, body);
    return [answered.code, answered.body];
  }
}
