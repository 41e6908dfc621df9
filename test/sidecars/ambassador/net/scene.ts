import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { freePort } from '#harness/free-port.ts';
import type { TcpServer } from '#harness/tcp.ts';
import { createLog } from '#shared/log.ts';
import type { Endpoint } from '../../../../sidecars/ambassador/dispatch/endpoint.ts';
import { type BackendCell, Ledger, type RouteCell } from '../../../../sidecars/ambassador/dispatch/ledger.ts';
import type { DialFailure, EngineListener, EngineRoute } from '../../../../sidecars/ambassador/engines/engine.ts';
import { NetEngine, type NetEngineOptions } from '../../../../sidecars/ambassador/engines/net/engine.ts';
import type { RouteOptions } from '../../../../sidecars/ambassador/routes/options.ts';
import { TlsContexts } from '../../../../sidecars/ambassador/tls/contexts.ts';
import { optionsWith } from '../dispatch/scene.ts';

/** Where a test's server is. */
export function endpointOf(server: Pick<TcpServer, 'port'>): Endpoint {
  return { type: 'tcp', address: '127.0.0.1', family: 4, port: server.port, host: 'localhost' };
}

/** An engine in this process, with a ledger; it ends with the test. */
export class Scene {
  readonly ledger = new Ledger();
  readonly engine: NetEngine;
  /** What it told of failures. */
  readonly told: [slot: number, reason: DialFailure, count: number][] = [];
  /** The slot of each endpoint that was added. */
  readonly slots = new Map<Endpoint, number>();

  constructor(t: TestContext, more: Partial<NetEngineOptions> = {}) {
    const tls = new TlsContexts({ report: () => {}, signal: t.signal });
    const events = {
      failed: (...failure: [number, DialFailure, number]) => void this.told.push(failure),
      starved: () => {},
      died: (error: Error) => {
        throw error;
      },
    };
    const log = createLog({ name: 'ambassador', level: 'silent', fd: 2 });
    this.engine = new NetEngine({ ledger: this.ledger, events, log, tls, ...more });
    atEnd(t, () => this.engine.destroy());
  }

  /** A route with these backends, which is not listened for yet. */
  route(name: string, given: Partial<RouteOptions>, ...endpoints: Endpoint[]): EngineRoute {
    const route = { slot: this.ledger.take() as number, name, options: optionsWith(given) };
    this.point(route, ...endpoints);
    return route;
  }

  /** Other backends for a route. */
  point(route: EngineRoute, ...endpoints: Endpoint[]): void {
    const backends = endpoints.map((endpoint) => {
      const slot = this.slots.get(endpoint) ?? (this.ledger.take() as number);
      this.slots.set(endpoint, slot);
      return { slot, endpoint, usable: true };
    });
    this.engine.setBackends(route.slot, backends);
  }

  /** Listens for routes on a port of the loopback. */
  async listen(...routes: EngineRoute[]): Promise<EngineListener & { readonly port: number }> {
    const port = await freePort();
    const listener = { key: `127.0.0.1:${port}`, address: { type: 'tcp', host: '127.0.0.1', port }, routes, port } as const;
    await this.engine.listen(listener);
    return listener;
  }

  /** One route, and the port where it is listened for. */
  async serve(
    given: Partial<RouteOptions>,
    ...servers: Pick<TcpServer, 'port'>[]
  ): Promise<{ route: EngineRoute; port: number }> {
    const route = this.route('route', given, ...servers.map(endpointOf));
    return { route, port: (await this.listen(route)).port };
  }

  count(route: EngineRoute, cell: RouteCell): number {
    return this.ledger.route(route.slot, cell);
  }

  /** One number of the only backend, or of one of several. */
  backend(cell: BackendCell, index = 0): number {
    return this.ledger.backend([...this.slots.values()][index] as number, cell);
  }
}
