import { type BackendCell, backendCells, type Ledger, type RouteCell, routeCells } from './dispatch/ledger.ts';

/** Every number of a backend, and how often it was left out. */
export type BackendTotals = Readonly<Record<BackendCell | 'ejections', number>>;
/** Every number of a route. */
export type RouteTotals = Readonly<Record<RouteCell, number>>;

/** What is counted for a backend or a route: in its slot now, and before it had that slot. */
export interface Counted<T> {
  readonly ledger: Ledger;
  readonly slot: number;
  /** What {@link Past} gave when it came back. */
  readonly before?: T | undefined;
}

/** A {@link Counted} backend; how often it was left out is not in the ledger. */
export interface CountedBackend extends Counted<BackendTotals> {
  /** How often it was left out since it has the slot. */
  readonly ejections: number;
}

/** What a backend counted up to now. */
export function backendTotals({ ledger, slot, before, ejections }: CountedBackend): BackendTotals {
  // the connections last: a thread that counts one meanwhile adds to them first, so they are never fewer than their parts
  const numbers = backendCells.toReversed().map((cell) => [cell, ledger.backend(slot, cell)] as const);
  return plus({ ...Object.fromEntries(numbers), ejections } as BackendTotals, before);
}

/** What a route counted up to now. */
export function routeTotals({ ledger, slot, before }: Counted<RouteTotals>): RouteTotals {
  return plus(Object.fromEntries(routeCells.map((cell) => [cell, ledger.route(slot, cell)])) as RouteTotals, before);
}

/**
 * What was counted by backends and routes that are gone. One that comes back goes on from there, so that no counter ever falls.
 * Addresses that come and go for ever must not take memory for ever: beyond a limit, those of a route that went first become one.
 */
export class Past {
  /** How many backends of each route are remembered by themselves. */
  static readonly backends = 64;
  /** How many routes are remembered. */
  static readonly routes = 256;
  /** The key of all others of a route together; no endpoint is called that. */
  static readonly other = 'other';

  readonly #backends = new Map<string, Map<string, BackendTotals>>();
  readonly #routes = new Map<string, RouteTotals>();

  /** Remembers a backend that goes; to be called before its slot is released. */
  retireBackend(route: string, key: string, backend: CountedBackend): void {
    const totals = backendTotals(backend);
    // addresses that never mattered are not worth a place
    if (Object.values(totals).every((number) => number === 0)) return;
    const gone = this.#backends.get(route) ?? new Map<string, BackendTotals>();
    // one that came back while its old slot still had connections goes twice
    const sum = { ...plus(totals, gone.get(key)), active: 0 };
    gone.delete(key);
    this.#backends.set(route, gone.set(key, sum));
    if (gone.size <= Past.backends) return;
    for (const [oldest, folded] of gone) {
      if (oldest === Past.other) continue;
      gone.delete(oldest);
      gone.set(Past.other, plus(folded, gone.get(Past.other)));
      return;
    }
  }

  /** What a backend that comes back counted before; it is {@link Counted.before} from now on, and forgotten here. */
  reviveBackend(route: string, key: string): BackendTotals | undefined {
    const gone = this.#backends.get(route);
    const totals = gone?.get(key);
    gone?.delete(key);
    return totals;
  }

  /** Remembers a route that goes, whose backends went before it. */
  retireRoute(name: string, route: Counted<RouteTotals>): void {
    this.#routes.set(name, { ...routeTotals(route), clients: 0, waiting: 0 });
    const [oldest] = this.#routes.keys();
    if (this.#routes.size <= Past.routes || oldest === undefined) return;
    this.#routes.delete(oldest);
    this.#backends.delete(oldest);
  }

  /** What a route that is gone counted. */
  totalsOf(route: string): RouteTotals | undefined {
    return this.#routes.get(route);
  }

  /** What a route that comes back counted before, see {@link reviveBackend}. */
  reviveRoute(name: string): RouteTotals | undefined {
    const totals = this.#routes.get(name);
    this.#routes.delete(name);
    return totals;
  }

  /** The backends of a route that are gone, by their keys, and {@link Past.other}. */
  backendsOf(route: string): ReadonlyMap<string, BackendTotals> {
    return this.#backends.get(route) ?? new Map();
  }
}

/** The sum of two accounts. */
export function plus<T extends Readonly<Record<string, number>>>(some: T, more: T | undefined): T {
  if (more === undefined) return some;
  return Object.fromEntries(Object.entries(some).map(([name, number]) => [name, number + (more[name] ?? 0)])) as T;
}
