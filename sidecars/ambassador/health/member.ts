import { type Endpoint, endpointKey } from '../dispatch/endpoint.ts';
import type { Ledger } from '../dispatch/ledger.ts';
import type { BackendTotals, CountedBackend } from '../past.ts';
import type { Resolution } from '../resolve/resolver.ts';
import type { Checker } from './checker.ts';

/** A backend of a route, on the side of the main thread. */
export class Member implements CountedBackend {
  /** Its identity within the route. */
  readonly key: string;
  readonly ledger: Ledger;
  readonly slot: number;
  readonly before: BackendTotals | undefined;
  ejections = 0;
  endpoint: Endpoint;
  /** What resolves to it. */
  sources: readonly Resolution[] = [];
  checker: Checker | undefined;
  /** Whether it may be used before its first check is done, because it was in use without any. */
  isTrusted = false;
  /** When the engine was told that it is none of the backends any more. */
  toldGoneAt: number | undefined;
  #seen = 0;

  /** @param before what it counted in a slot that it gave back. */
  constructor(endpoint: Endpoint, ledger: Ledger, slot: number, before: BackendTotals | undefined) {
    this.key = endpointKey(endpoint);
    this.endpoint = endpoint;
    this.ledger = ledger;
    this.slot = slot;
    this.before = before;
  }

  /** Whether the checks, if there are any, let it be used. */
  get isWell(): boolean {
    if (this.checker === undefined || this.checker.state === 'up') return true;
    return this.checker.state === 'unknown' && this.isTrusted;
  }

  /** Whether a connection was established since this was asked the last time. */
  connectedSince(): boolean {
    const connections = this.ledger.backend(this.slot, 'connections');
    const grew = connections > this.#seen;
    this.#seen = connections;
    return grew;
  }

  /** Checks it no more, and forgets what the checks said. */
  uncheck(): void {
    this.checker?.close();
    this.checker = undefined;
  }
}
