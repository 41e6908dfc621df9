import type { BackendCell, RouteCell } from './dispatch/ledger.ts';

/** What some cells are called outside: in metrics and in `/status`. */
export type Names = Readonly<Record<string, string>>;

/** The reasons of failed connects, by their cells. */
export const failures = {
  refused: 'refused',
  timedOut: 'timed_out',
  unreachable: 'unreachable',
  tlsFailed: 'tls_failed',
  otherFailure: 'other',
} as const satisfies Partial<Record<BackendCell, string>>;

/** The ends of connections other than both sides closing them, by their cells. */
export const endings = {
  resetByClient: 'reset_by_client',
  resetByBackend: 'reset_by_backend',
  idled: 'idle',
  expired: 'lifetime',
} as const satisfies Partial<Record<BackendCell, string>>;

/** Why clients are turned away, by their cells. */
export const refusals = {
  noBackend: 'no_backend',
  queueFull: 'queue_full',
  queueTimeout: 'queue_timeout',
  badHeader: 'bad_header',
  headerTimeout: 'header_timeout',
  tlsFailed: 'tls_failed',
  noRoute: 'no_route',
  noDescriptor: 'no_descriptor',
} as const satisfies Partial<Record<RouteCell, string>>;

/** Some numbers by the names that they have outside. */
export function named<N extends Names>(totals: Readonly<Record<keyof N, number>>, names: N): (readonly [string, number])[] {
  const cells = Object.entries(names) as [keyof N, string][];
  return cells.map(([cell, name]) => [name, totals[cell]]);
}
