import type { Backend } from './backend.ts';

/** What a client without a backend is doing: waiting for one that can be reached, for a place, for a descriptor, or for an answer. */
export type AttemptState = Wait | 'dialing';

/** What a client waits for. */
export type Wait = 'hold' | 'queue' | 'starved';

/** The way of one client to a backend, from accept to join. `C` is the client as its engine knows it. */
export class Attempt<C> {
  readonly client: C;
  /** A hash of the client's address. */
  readonly source: number;
  /** When the client came, in milliseconds of the dispatcher's clock. */
  readonly since: number;
  state: AttemptState = 'dialing';
  /** The backend that is being dialed. */
  backend: Backend | undefined;
  /** When the present dialing began. */
  begun = 0;
  /** What the client had to wait for last, if it had to at all; a try in between that leads back to the same does not end the wait. */
  waitedFor: Wait | undefined;
  /** When that wait began. */
  waitedSince = 0;
  /** The slots of the backends that failed it. */
  #tried: number[] | undefined;

  constructor(client: C, source: number, now: number) {
    this.client = client;
    this.source = source;
    this.since = now;
  }

  hasTried(backend: Backend): boolean {
    return this.#tried?.includes(backend.slot) ?? false;
  }

  /** Remembers a backend that failed. */
  note(backend: Backend): void {
    if (this.#tried === undefined) this.#tried = [backend.slot];
    else this.#tried.push(backend.slot);
  }

  /** Begins anew: every backend may be tried again. */
  forget(): void {
    this.#tried = undefined;
  }
}
