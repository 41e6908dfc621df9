import { connectBounds } from './dispatch/ledger.ts';
import {
  connectTimes,
  isEjected,
  type Observed,
  type ObservedBackend,
  type ObservedFault,
  type ObservedName,
  type ObservedRoute,
} from './observe.ts';
import { figures } from './page/figures.ts';
import { backendTotals, routeTotals } from './past.ts';
import { endings, failures, type Names, named, refusals } from './reasons.ts';

/** What `/status` tells of the work, for people and for the page. */
export interface Status {
  readonly uptimeSeconds: number;
  /** The engines that carry routes. */
  readonly engines: readonly string[];
  readonly config: {
    readonly valid: boolean;
    readonly problem?: string | undefined;
    readonly reloads: { readonly ok: number; readonly failed: number };
  };
  readonly routes: readonly RouteStatus[];
  readonly names: readonly ObservedName[];
  /** The upper bounds of {@link BackendStatus.connectTimes}, in seconds. */
  readonly connectBounds: readonly number[];
}

export interface RouteStatus {
  readonly name: string;
  readonly listen: string;
  readonly engine: string;
  readonly options: ObservedRoute['options'];
  /** Clients that are connected; those that wait are among them. */
  readonly clients: number;
  readonly waiting: number;
  /** Ever: clients that were accepted, that had to wait, and that left before they had a backend; connects that were tried again. */
  readonly accepted: number;
  readonly waited: number;
  readonly left: number;
  readonly retries: number;
  /** Clients that were turned away, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** As an ISO 8601 date. */
  readonly certificateExpires?: string;
  readonly faults: readonly ObservedFault[];
  /** Whether a fault took it down: nobody is listened for. */
  readonly down: boolean;
  readonly backends: readonly BackendStatus[];
}

/** `up` gets new connections; `leaving` is none of the addresses any more. */
export type BackendState = 'up' | 'pending' | 'down' | 'ejected' | 'leaving';

export interface BackendStatus {
  readonly backend: string;
  readonly state: BackendState;
  readonly reason?: string;
  /** For how long it is still left out. */
  readonly ejectedSeconds?: number;
  readonly ejections: number;
  readonly active: number;
  /** Ever, as all that follows. */
  readonly connections: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Estimated from {@link connectTimes}; null before the first connection. */
  readonly connectSeconds: { readonly median: number | null; readonly mean: number | null };
  /** How many connects took up to each of the bounds and longer than the one before; slower ones are in none. */
  readonly connectTimes: readonly number[];
  /** Connects that failed, by reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** Connections that ended other than by both sides closing them, by reason. */
  readonly ended: Readonly<Record<string, number>>;
}

/** What `/status` tells. @param now in milliseconds since the Unix epoch. */
export function statusOf({ routes, names, config }: Observed, now: number = Date.now()): Status {
  const { problem, reloads } = config;
  return {
    uptimeSeconds: process.uptime(),
    engines: [...new Set(routes.map(({ engine }) => engine))],
    config: { valid: problem === undefined, ...(problem !== undefined && { problem }), reloads },
    routes: routes.map((route) => routeStatus(route, now)),
    names,
    connectBounds,
  };
}

function routeStatus(route: ObservedRoute, now: number): RouteStatus {
  const { name, listen, engine, options, faults = [], down = false, certificateExpires, backends } = route;
  const totals = routeTotals(route);
  const { clients, waiting, accepted, waited, left, retries } = totals;
  return {
    name,
    listen,
    engine,
    options,
    clients,
    waiting,
    accepted,
    waited,
    left,
    retries,
    refused: counted(totals, refusals),
    ...(certificateExpires !== undefined && { certificateExpires: new Date(certificateExpires).toISOString() }),
    faults,
    down,
    backends: backends.map((backend) => backendStatus(backend, now)),
  };
}

function backendStatus(backend: ObservedBackend, now: number): BackendStatus {
  const totals = backendTotals(backend);
  const { ejections, active, connections, bytesUp, bytesDown } = totals;
  const { counts, count, sum } = connectTimes(totals);
  const { key, reason, ejectedUntil = 0 } = backend;
  return {
    backend: key,
    state: stateOf(backend, now),
    ...(reason !== '' && { reason }),
    ...(isEjected(backend, now) && { ejectedSeconds: (ejectedUntil - now) / 1000 }),
    ejections,
    active,
    connections,
    bytesUp,
    bytesDown,
    connectSeconds: { median: figures().median(connectBounds, counts, count), mean: count === 0 ? null : sum / count },
    connectTimes: counts,
    failures: counted(totals, failures),
    ended: counted(totals, endings),
  };
}

function stateOf(backend: ObservedBackend, now: number): BackendState {
  if (backend.leaving) return 'leaving';
  if (backend.check === 'down') return 'down';
  if (isEjected(backend, now)) return 'ejected';
  if (backend.usable) return 'up';
  return backend.check === 'pending' ? 'pending' : 'down';
}

/** Those of some numbers that are not 0. */
function counted<N extends Names>(totals: Readonly<Record<keyof N, number>>, names: N): Readonly<Record<string, number>> {
  return Object.fromEntries(named(totals, names).filter(([, number]) => number > 0));
}
