import type { Distribution, Labels, Metrics } from '#shared/metrics.ts';
import { type BackendCell, connectBounds, type RouteCell } from './dispatch/ledger.ts';
import {
  type BackendTotals,
  backendTotals,
  type Counted,
  type CountedBackend,
  plus,
  type RouteTotals,
  routeTotals,
} from './past.ts';
import { endings, failures, type Names, named, refusals } from './reasons.ts';

/** What there is to see of a running ambassador; whoever runs it puts this together when it is asked. */
export interface Observed {
  /** Each name once. */
  readonly routes: readonly ObservedRoute[];
  readonly names: readonly ObservedName[];
  readonly config: ObservedConfig;
}

/** One route, with what its options are of interest for. */
export interface ObservedRoute extends Counted<RouteTotals> {
  readonly name: string;
  /** Where it listens, as it is written: `6379`, `unix:/run/app.sock`. */
  readonly listen: string;
  readonly engine: 'net' | 'splice';
  /** Options that a person may ask for, as they are written: `{ balance: 'least', max: 100 }`. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly backends: readonly ObservedBackend[];
  /** What backends counted that are gone, by their keys: `Past.backendsOf`. */
  readonly gone: ReadonlyMap<string, BackendTotals>;
  /** When the certificate shown to clients expires, in milliseconds since the Unix epoch. */
  readonly certificateExpires?: number | undefined;
  readonly faults?: readonly ObservedFault[];
  /** Whether a fault took it down: nobody is listened for. */
  readonly down?: boolean;
}

/** One backend of a route that has a slot. */
export interface ObservedBackend extends CountedBackend {
  /** `10.0.0.2:6379`: its identity. */
  readonly key: string;
  /** What its checks say; `pending` before the first of them ended. */
  readonly check: 'off' | 'pending' | 'up' | 'down';
  /** Why it is down or left out; empty where it is neither. */
  readonly reason: string;
  /** Until when it is left out after failed connections, in milliseconds since the Unix epoch. */
  readonly ejectedUntil?: number | undefined;
  /** Whether it gets new connections. */
  readonly usable: boolean;
  /** It is none of the route's addresses any more, and only has connections that were there before. */
  readonly leaving?: boolean;
}

/** A host name or service that is resolved again and again. */
export interface ObservedName {
  readonly name: string;
  /** How many addresses it had when it was last resolved. */
  readonly addresses: number;
  /** How often it could not be resolved. */
  readonly failed: number;
  /** Why it cannot be resolved now, while the addresses from before are kept. */
  readonly problem?: string | undefined;
}

/** How the routes were read. */
export interface ObservedConfig {
  /** Reloads that took effect, and that did not. */
  readonly reloads: { readonly ok: number; readonly failed: number };
  /** Why the routes that are written now are not those that run. */
  readonly problem?: string | undefined;
}

/** A fault that is injected into a route on purpose, in the words of toxiproxy. */
export interface ObservedFault {
  readonly name: string;
  readonly type: string;
  readonly stream: 'upstream' | 'downstream';
  readonly toxicity: number;
  readonly attributes: Readonly<Record<string, number>>;
}

/** A backend, there or gone, with all that it ever counted. */
interface Row {
  readonly labels: { readonly route: string; readonly backend: string };
  readonly totals: BackendTotals;
  /** Undefined where it is gone: only its counters are left. */
  readonly backend?: ObservedBackend;
}

/**
 * Adds the metrics of routes and backends.
 * The ledger bounds how many series there are: a route or backend has a slot or it has none, and there are `Ledger.slots` of them; beside
 * those `Past` remembers a fixed number of backends for each route. Names come from the targets of the routes.
 */
export function observe(metrics: Metrics, look: () => Observed): void {
  let seen: Observed = { routes: [], names: [], config: { reloads: { ok: 0, failed: 0 } } };
  let rows: readonly Row[] = [];
  metrics.onCollect(() => {
    seen = look();
    rows = seen.routes.flatMap(rowsOf);
  });
  const ofRoutes = (type: 'counter' | 'gauge', name: string, help: string, cell: RouteCell) =>
    metrics.computed(type, name, help, () => seen.routes.map((route) => [routeTotals(route)[cell], { route: route.name }]));
  const ofBackends = (name: string, help: string, cell: BackendCell | 'ejections') =>
    metrics.computed('counter', name, help, () => rows.map(({ labels, totals }) => [totals[cell], labels]));
  const present = (name: string, help: string, read: (backend: ObservedBackend, totals: BackendTotals) => number) =>
    metrics.computed('gauge', name, help, () =>
      rows.flatMap(({ labels, totals, backend }) => (backend ? [[read(backend, totals), labels] as const] : [])),
    );

  ofRoutes('counter', 'accepted_total', 'Clients that were accepted.', 'accepted');
  ofRoutes('gauge', 'clients', 'Clients that are connected, those included that wait for a backend.', 'clients');
  ofRoutes('gauge', 'waiting', 'Clients that wait now for a place or for a backend.', 'waiting');
  ofRoutes('counter', 'waited_total', 'Clients that had to wait for a place or for a backend.', 'waited');
  ofRoutes('counter', 'retries_total', 'Connects that were tried again on another backend.', 'retries');
  ofRoutes('counter', 'left_total', 'Clients that left before they had a backend.', 'left');
  metrics.computed('counter', 'refused_clients_total', 'Clients that were turned away, by reason.', () =>
    seen.routes.flatMap((route) => split(routeTotals(route), refusals, { route: route.name })),
  );

  ofBackends('connections_total', 'Connections to the backend that were established.', 'connections');
  present('active_connections', 'Connections to the backend that are established now.', (_, { active }) => active);
  metrics.computed('counter', 'bytes_total', 'Bytes that were carried: up to the backend, and down to clients.', () =>
    rows.flatMap(({ totals, labels }) => split(totals, { bytesUp: 'up', bytesDown: 'down' }, labels, 'direction')),
  );
  metrics.computedHistogram('connect_seconds', 'Time until the backend accepted.', connectBounds, () =>
    rows.map(({ totals, labels }) => [connectTimes(totals), labels]),
  );
  metrics.computed('counter', 'connect_failures_total', 'Connects to the backend that failed, by reason.', () =>
    rows.flatMap(({ totals, labels }) => split(totals, failures, labels)),
  );
  metrics.computed('counter', 'ended_total', 'Established connections that ended other than by both sides closing them.', () =>
    rows.flatMap(({ totals, labels }) => split(totals, endings, labels)),
  );
  present('backend_up', '1 where the backend gets new connections.', ({ usable }) => Number(usable));
  present('backend_ejected', '1 where the backend is left out for a while after failed connects.', (backend) =>
    Number(isEjected(backend, Date.now())),
  );
  ofBackends('ejections_total', 'How often the backend was left out after failed connects.', 'ejections');

  metrics.computed('counter', 'lookups_failed_total', 'How often a name could not be resolved.', () =>
    seen.names.map(({ name, failed }) => [failed, { name }]),
  );
  metrics.computed('counter', 'reloads_total', 'Reloads of the routes; a failed one keeps those from before.', () =>
    (['ok', 'failed'] as const).map((result) => [seen.config.reloads[result], { result }]),
  );
  metrics.computed('gauge', 'config_valid', '1 where the routes that are written are those that run.', () => [
    [Number(seen.config.problem === undefined)],
  ]);
  metrics.computed('gauge', 'certificate_expiry_seconds', 'When the certificate expires, in seconds since the Unix epoch.', () =>
    seen.routes.flatMap(({ name, certificateExpires: at }) => (at === undefined ? [] : [[at / 1000, { route: name }] as const])),
  );
  metrics.computed('gauge', 'route_down', '1 where a fault took the route down, and nobody is listened for.', () =>
    seen.routes.map(({ name, down = false }) => [Number(down), { route: name }]),
  );
  metrics.computed('gauge', 'engine_info', 'Always 1; the label tells what carries the route.', () =>
    seen.routes.map(({ name, engine }) => [1, { route: name, engine }]),
  );
}

/** Whether a backend is left out at a time. */
export function isEjected({ ejectedUntil = 0 }: ObservedBackend, now: number): boolean {
  return ejectedUntil > now;
}

/** The connect times of a backend. */
export function connectTimes(totals: BackendTotals): Distribution {
  const counts = connectBounds.map((_, index) => totals[`connect${index}` as 'connect0']);
  return { counts, count: totals.connections, sum: totals.connectSeconds };
}

/** The backends of a route, there and gone, each key once: one that came back may still have connections in its old slot. */
function rowsOf({ name: route, backends, gone }: ObservedRoute): Row[] {
  const rows = new Map<string, Row>();
  const add = (key: string, totals: BackendTotals, backend?: ObservedBackend) => {
    const known = rows.get(key);
    const shown = backend === undefined || (backend.leaving && known?.backend) ? known?.backend : backend;
    rows.set(key, { labels: { route, backend: key }, totals: plus(totals, known?.totals), ...(shown && { backend: shown }) });
  };
  for (const backend of backends) add(backend.key, backendTotals(backend), backend);
  for (const [key, totals] of gone) add(key, totals);
  return [...rows.values()];
}

/** One series for each of some numbers. */
function split<N extends Names>(totals: Readonly<Record<keyof N, number>>, names: N, labels: Labels, by = 'reason') {
  return named(totals, names).map(([name, number]) => [number, { ...labels, [by]: name }] as const);
}
