import type { Log } from '#shared/log.ts';
import { type Endpoint, endpointKey } from '../../dispatch/endpoint.ts';
import type { DialFailure } from '../engine.ts';

/** Why a backend could not be connected to, by the code of the error of connect(2); `starved` where this end lacks what it needs for a socket. */
export function failureOf(code: string | undefined): DialFailure | 'starved' {
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return 'refused';
    case 'ETIMEDOUT':
      return 'timedOut';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return 'unreachable';
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
      return 'starved';
    default:
      return 'otherFailure';
  }
}

/** Gathers the failures of one turn of the loop, so that a thousand clients of one dead backend are told as one. */
export class Failures {
  readonly #tell: (slot: number, reason: DialFailure, count: number) => void;
  readonly #log: Log;
  #counts = new Map<number, Map<DialFailure, number>>();
  /** What was said last of the TLS of a backend, by its route and endpoint. */
  readonly #said = new Map<string, string>();

  constructor(tell: (slot: number, reason: DialFailure, count: number) => void, log: Log) {
    this.#tell = tell;
    this.#log = log;
  }

  note(slot: number, reason: DialFailure): void {
    if (this.#counts.size === 0) setImmediate(() => this.#flush());
    const reasons = this.#counts.get(slot) ?? new Map<DialFailure, number>();
    this.#counts.set(slot, reasons);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }

  /** Says why TLS towards a backend fails, which no count can tell: once, until it is another reason or it has worked. */
  explain(route: string, endpoint: Endpoint, message: string): void {
    const backend = endpointKey(endpoint);
    const key = `${route} ${backend}`;
    if (this.#said.get(key) === message) return;
    this.#said.set(key, message);
    this.#log.warn({ route, backend }, `the TLS of a backend fails: ${message}`);
  }

  /** A backend was connected to. */
  worked(route: string, endpoint: Endpoint): void {
    if (this.#said.size > 0) this.#said.delete(`${route} ${endpointKey(endpoint)}`);
  }

  #flush(): void {
    const counts = this.#counts;
    this.#counts = new Map();
    for (const [slot, reasons] of counts) for (const [reason, count] of reasons) this.#tell(slot, reason, count);
  }
}
