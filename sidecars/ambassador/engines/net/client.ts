import type { Socket } from 'node:net';
import type { Attempt } from '../../dispatch/attempt.ts';
import type { Dispatcher } from '../../dispatch/dispatcher.ts';
import type { Ends } from '../../preface/proxy-protocol.ts';
import type { RouteOptions } from '../../routes/options.ts';
import type { Dialing } from './dialing.ts';
import type { RouteTls } from './route-tls.ts';

/** A client between accept and join. */
export interface Client {
  /** A wire, or a stream that nobody reads: a socket, or TLS on one. */
  readonly socket: Socket;
  readonly dispatcher: Dispatcher<Client>;
  /** Those of the route when the client came. */
  readonly options: RouteOptions;
  readonly tls: RouteTls | undefined;
  /** Who it is, where backends are told. */
  readonly ends: Ends | undefined;
  attempt: Attempt<Client> | undefined;
  dialing: Dialing | undefined;
}
