import type { FaultBook } from './route-faults.ts';

/** A route as toxiproxy shows it. */
export interface RouteProxy {
  /** The name of the route. */
  readonly name: string;
  /** Where it listens: `127.0.0.1:6379`, `:6379`, `unix:/run/app.sock`. */
  readonly listen: string;
  /** Its targets: `redis-1:6379,redis-2:6379`. */
  readonly upstream: string;
  /** False while the route is down: nobody listens. */
  readonly enabled: boolean;
}

/** What the API of faults does to routes. Every promise may be rejected with a {@link ProxyError}. */
export interface ProxyHost {
  readonly faults: FaultBook;
  /** All routes, in their order. */
  proxies(): Promise<readonly RouteProxy[]>;
  /** Adds a route. @param proxy `listen` may be empty, which leaves the choice of a port to the host. */
  create(proxy: RouteProxy): Promise<RouteProxy>;
  /** Changes where a route listens and goes; what is the same already stays untouched, and so do living connections. */
  update(name: string, to: { readonly listen: string; readonly upstream: string }): Promise<RouteProxy>;
  /** Removes a route. */
  remove(name: string): Promise<void>;
  /** Listens, or stops to; living connections are the caller's to cut. Nothing happens where it is so already. */
  setEnabled(name: string, enabled: boolean): Promise<RouteProxy>;
}

/**
 * Why a route could not be added, changed or removed: there is one of its name, there is none, what was asked for is not
 * right (400), or it could not be done, as where the address is in use (500).
 */
export type ProxyProblem = 'exists' | 'notFound' | 'invalid' | 'failed';

/** A {@link ProxyHost} did not do what it was asked. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly problem: ProxyProblem;

  constructor(problem: ProxyProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}
