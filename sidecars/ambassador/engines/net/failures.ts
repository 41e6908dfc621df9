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
  #counts = new Map<number, Map<DialFailure, number>>();

  constructor(tell: (slot: number, reason: DialFailure, count: number) => void) {
    this.#tell = tell;
  }

  note(slot: number, reason: DialFailure): void {
    if (this.#counts.size === 0) setImmediate(() => this.#flush());
    const reasons = this.#counts.get(slot) ?? new Map<DialFailure, number>();
    this.#counts.set(slot, reasons);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }

  #flush(): void {
    const counts = this.#counts;
    this.#counts = new Map();
    for (const [slot, reasons] of counts) for (const [reason, count] of reasons) this.#tell(slot, reason, count);
  }
}
