import type { Endpoint } from '../dispatch/endpoint.ts';
import type { Ledger } from '../dispatch/ledger.ts';
import type { RouteOptions } from '../routes/options.ts';
import type { ListenAddress } from '../routes/route.ts';

/** A route as an engine sees it. Structured-cloneable, as everything here that goes into an engine. */
export interface EngineRoute {
  /** Its slot in the ledger, and its identity. */
  readonly slot: number;
  readonly name: string;
  readonly options: RouteOptions;
}

/** A backend of a route, as an engine sees it. */
export interface EngineBackend {
  /** Its slot in the ledger, and its identity. */
  readonly slot: number;
  readonly endpoint: Endpoint;
  /** False where it gets no new connections: a check failed, or it is left out for a while. */
  readonly usable: boolean;
  /** True where it is left out for a while and nothing else speaks against it: a client that would be turned away gets it all the same. */
  readonly spare?: boolean;
}

/** A socket on which clients come in, and the routes that they may take. */
export interface EngineListener {
  /** `6379`, `127.0.0.1:6379`, `unix:/run/app.sock`: its identity. */
  readonly key: string;
  readonly address: ListenAddress;
  /** A file descriptor that listens already, which the engine then owns; where there is none, the engine opens one. */
  readonly fd?: number;
  /** One route; or several, told apart by `sni`, of which one may have none and takes what is left. */
  readonly routes: readonly EngineRoute[];
}

/** Why a backend could not be connected to. */
export type DialFailure = 'refused' | 'timedOut' | 'unreachable' | 'tlsFailed' | 'otherFailure';

/** What an engine tells of. */
export interface EngineEvents {
  /** Attempts to connect to a backend failed, `count` of them in a row or nearly so. The ledger has counted them already. */
  readonly failed: (slot: number, reason: DialFailure, count: number) => void;
  /** There was no descriptor for a client or a backend. Told again and again as long as that is so, but not for each of them. */
  readonly starved: () => void;
  /** The engine itself came to an end, which it cannot recover from. */
  readonly died: (error: Error) => void;
}

/**
 * What carries connections: accept → pick → dial → join → account.
 * Whatever changes, connections that are established stay until they end.
 */
export interface Engine {
  readonly name: 'net' | 'splice';
  readonly ledger: Ledger;
  /**
   * Begins to accept on a listener; called again for a known key, it changes its routes and their options without closing the socket.
   * @throws the system's error, such as EADDRINUSE, where it cannot listen.
   */
  listen(listener: EngineListener): Promise<void>;
  /** Accepts nothing more on a listener and closes it. Clients that wait are still served. */
  unlisten(key: string): Promise<void>;
  /** The backends of a route from now on, also before it is listened for. Those that are not named any more get no new connections. */
  setBackends(routeSlot: number, backends: readonly EngineBackend[]): void;
  /** The route is listened for no more and its last client is gone: its slot will be another's. */
  forget(routeSlot: number): void;
  /** Closes all listeners. Resolves when the last connection has ended. */
  drain(): Promise<void>;
  /** Ends all connections with a reset, and the engine. */
  destroy(): Promise<void>;
}
