import type { TcpAddress, UnixAddress } from '#shared/config/address.ts';
import type { RouteOptions } from './options.ts';

/** Where clients come in: a port on every address, one address and port, or a Unix socket. */
export type ListenAddress = TcpAddress | UnixAddress;

/** Where connections go, as it is written in a route. */
export type Target =
  /** Every address of the host is a backend. The host may be an address itself. */
  | { readonly type: 'host'; readonly host: string; readonly port: number }
  /** Every target of the SRV record is a backend, at its own port (RFC 2782). */
  | { readonly type: 'srv'; readonly name: string }
  | { readonly type: 'unix'; readonly path: string };

/** One way from a listening address to backends. */
export interface Route {
  /** Unique among the routes: the label in metrics, logs and the API. */
  readonly name: string;
  readonly listen: ListenAddress;
  readonly targets: readonly [Target, ...Target[]];
  readonly options: RouteOptions;
}
