import { type Endpoint, endpointKey } from '../dispatch/endpoint.ts';
import type { Ledger } from '../dispatch/ledger.ts';
import type { Past } from '../past.ts';
import type { Route } from '../routes/route.ts';
import { Member } from './member.ts';

/** Milliseconds between two looks at slots that wait to be given back. */
const sweepInterval = 1000;
/** How much longer than a connect may take a slot is kept, in milliseconds: an engine may hear late that the backend is gone. */
const margin = 2000;

/**
 * The slots of the backends of one route. One that goes keeps its slot as long as anybody may still write to it: as long as it has
 * connections, and as long as it could be dialed at the moment when the engine was told. What it counted then goes to the past, and it
 * goes on from there should it come back.
 */
export class Slots {
  readonly #route: string;
  readonly #ledger: Ledger;
  readonly #past: Past;
  readonly #now: () => number;
  readonly #leaving = new Map<string, Member>();
  readonly #released: (member: Member) => void;
  #timer: NodeJS.Timeout | undefined;
  #emptied: (() => void) | undefined;
  /** Milliseconds that a connect may take. */
  connectTimeout: number;

  /** @param released hears of a slot that was given back. */
  constructor(
    route: Route,
    { ledger, past, now }: { readonly ledger: Ledger; readonly past: Past; readonly now: () => number },
    released: (member: Member) => void,
  ) {
    this.#route = route.name;
    this.connectTimeout = route.options.connectTimeout;
    this.#ledger = ledger;
    this.#past = past;
    this.#now = now;
    this.#released = released;
  }

  /** Those that went and keep their slots. */
  get leaving(): readonly Member[] {
    return [...this.#leaving.values()];
  }

  /** The backend of an endpoint that appeared, in the slot that it had if it still has it; undefined where the ledger is full. */
  enter(endpoint: Endpoint): Member | undefined {
    const key = endpointKey(endpoint);
    const known = this.#leaving.get(key);
    if (known !== undefined) {
      this.#leaving.delete(key);
      known.endpoint = endpoint;
      known.toldGoneAt = undefined;
      return known;
    }
    const slot = this.#ledger.take();
    if (slot === undefined) return undefined;
    return new Member(endpoint, this.#ledger, slot, this.#past.reviveBackend(this.#route, key));
  }

  /** A backend goes; its slot follows when it can. */
  leave(member: Member): void {
    this.#leaving.set(member.key, member);
  }

  /** The engine knows now of all that went. */
  told(): void {
    for (const member of this.#leaving.values()) member.toldGoneAt ??= this.#now();
    if (this.#leaving.size === 0 || this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.sweep(), sweepInterval).unref();
  }

  /** Gives back the slots that nobody writes to any more. */
  sweep(): void {
    for (const member of this.#leaving.values()) {
      const { key, slot, toldGoneAt = Number.POSITIVE_INFINITY } = member;
      const isQuiet = this.#now() - toldGoneAt >= this.connectTimeout + margin;
      if (!isQuiet || this.#ledger.backend(slot, 'active') > 0) continue;
      this.#leaving.delete(key);
      this.#past.retireBackend(this.#route, key, member);
      this.#ledger.release(slot);
      this.#released(member);
    }
    if (this.#leaving.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#emptied?.();
  }

  /** Resolves when the last one that went has given back its slot; it keeps no process alive. */
  emptied(): Promise<void> {
    if (this.#leaving.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#emptied = resolve;
    });
  }
}
