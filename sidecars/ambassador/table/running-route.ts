import type { Part } from '#shared/health.ts';
import type { Engine, EngineRoute } from '../engines/engine.ts';
import { Upstream, type UpstreamParts } from '../health/upstream.ts';
import type { RouteTotals } from '../past.ts';
import type { Route } from '../routes/route.ts';
import type { TlsContext } from '../tls/contexts.ts';

/** A route that is served, or still has clients. */
export class RunningRoute {
  route: Route;
  readonly engine: Engine;
  readonly slot: number;
  readonly upstream: Upstream;
  /** What a route of that name counted before this one had its slot. */
  before: RouteTotals | undefined;
  /** What is told how it is: nothing before it is listened for, and when it is no more. */
  #part: Part | undefined;
  #tls: TlsContext | undefined;

  constructor(
    { route, engine, slot, tls }: { route: Route; engine: Engine; slot: number; tls: TlsContext | undefined },
    parts: Omit<UpstreamParts, 'tls'>,
  ) {
    this.route = route;
    this.engine = engine;
    this.slot = slot;
    this.#tls = tls;
    this.before = parts.past.reviveRoute(route.name);
    this.upstream = new Upstream(route, {
      ...parts,
      tls: () => this.#tls,
      publish: (backends) => engine.setBackends(slot, backends),
      onChange: () => this.#tell(),
    });
  }

  /** It is listened for from now on. */
  announce(part: Part): void {
    this.#part = part;
    this.#tell();
  }

  /** It is listened for no more: the part may be another's by now. */
  retire(): void {
    this.#part = undefined;
  }

  /** The route as its engine sees it. */
  get described(): EngineRoute {
    return { slot: this.slot, name: this.route.name, options: this.route.options };
  }

  /** Takes other options and targets. Its slot and what is known of its backends stay. */
  update(route: Route, tls: TlsContext | undefined): void {
    const former = this.#tls;
    this.#tls = tls;
    this.route = route;
    this.upstream.update(route);
    former?.close();
  }

  /** Clients that wait for a backend, or are on their way to one. */
  get undecided(): number {
    const { ledger } = this.engine;
    // in this order: those that end in between are counted here once more rather than once less
    const clients = ledger.route(this.slot, 'clients');
    return this.upstream.backends.reduce((rest, { slot }) => rest - ledger.backend(slot, 'active'), clients);
  }

  /** Gives up its backends. @returns when the last connection to them has ended. */
  async close(): Promise<void> {
    await this.upstream.close();
    this.#tls?.close();
  }

  #tell(): void {
    const { state, reason } = this.upstream.outlook;
    if (state === 'ok') this.#part?.ok();
    else this.#part?.[state](reason);
  }
}
