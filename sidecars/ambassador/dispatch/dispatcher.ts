import type { DialFailure, EngineBackend, EngineRoute } from '../engines/engine.ts';
import { Account, type Ending } from './account.ts';
import { Attempt, type Wait } from './attempt.ts';
import { Backend } from './backend.ts';
import { endpointKey } from './endpoint.ts';
import type { Ledger } from './ledger.ts';
import { type Allowed, pick } from './pick.ts';

export type { Ending } from './account.ts';

/** Why a client is turned away. */
export type Refusal = 'noBackend' | 'queueFull' | 'queueTimeout' | 'noDescriptor';

/** What an engine does for a dispatcher. Each call may call the dispatcher again before it returns. */
export interface Dialer<C> {
  /** Begins to connect. The dispatcher then hears `connected`, `failed` or `starved`, once. */
  dial(attempt: Attempt<C>, backend: Backend): void;
  /** Gives up connecting; the client stays. The dispatcher hears no more of it. */
  abandon(attempt: Attempt<C>): void;
  /** Ends the client with a reset. */
  refuse(client: C, reason: Refusal): void;
}

/** Waits between two tries of a backend for clients that are held, in milliseconds. */
const scoutPause = 100;

/**
 * The way from accept to join on one route, the same for every engine: pick, dial, try the next backend, wait for a place
 * (queue) or for a backend that can be reached (hold), account. Nothing of the client was read before, so nothing is lost by a retry.
 */
export class Dispatcher<C> {
  route: EngineRoute;
  readonly #account: Account;
  readonly #dialer: Dialer<C>;
  readonly #failed: (slot: number, reason: DialFailure) => void;
  readonly #now: () => number;
  readonly #pick = { turn: 0, random: Math.random };
  /** Undefined until somebody told; until then a client waits rather than to be refused by one who does not know. */
  #backends: Backend[] | undefined;
  /** Backends that left the set and still have connections: they may come back. */
  #former: Backend[] = [];
  /** Connections that are established or on their way. */
  #load = 0;
  readonly #dialing = new Set<Attempt<C>>();
  readonly #waiting = new Set<Attempt<C>>();
  /** The one held client that is trying again, so that many of them do not storm a backend that is down. */
  #scout: Attempt<C> | undefined;
  #scoutedAt = 0;

  constructor(
    route: EngineRoute,
    ledger: Ledger,
    dialer: Dialer<C>,
    failed: (slot: number, reason: DialFailure) => void,
    now: () => number = () => performance.now(),
  ) {
    this.route = route;
    this.#account = new Account(ledger, route.slot);
    this.#dialer = dialer;
    this.#failed = failed;
    this.#now = now;
  }

  /** Whether there is anyone whose time may run out: {@link tick} has to be called. */
  get pending(): boolean {
    return this.#dialing.size > 0 || this.#waiting.size > 0;
  }

  /** Other options for what comes from now on. */
  update(route: EngineRoute): void {
    this.route = route;
    this.#serveWaiting(true);
  }

  /** The backends from now on. */
  setBackends(next: readonly EngineBackend[]): void {
    const known = new Map([...this.#former, ...(this.#backends ?? [])].map((backend) => [backend.slot, backend]));
    this.#backends = next.map((described) => {
      const found = known.get(described.slot);
      const isSame = found !== undefined && endpointKey(found.endpoint) === endpointKey(described.endpoint);
      const backend = isSame ? found : new Backend(described);
      backend.endpoint = described.endpoint;
      backend.usable = described.usable;
      backend.spare = described.spare ?? false;
      known.delete(described.slot);
      return backend;
    });
    this.#former = [...known.values()].filter((backend) => backend.load > 0);
    this.#serveWaiting(true);
  }

  /** Takes a client that was accepted. @param source a hash of its address. */
  begin(client: C, source: number): Attempt<C> {
    this.#account.add('accepted', 1);
    this.#account.add('clients', 1);
    const attempt = new Attempt(client, source, this.#now());
    if (this.#isFull() || this.#anyone('queue')) this.#wait(attempt, 'queue');
    else this.#next(attempt);
    return attempt;
  }

  /** Turns away a client that was accepted, and that the engine cannot look after. */
  turnAway(client: C, reason: Refusal): void {
    this.#account.add('accepted', 1);
    this.#account.add(reason, 1);
    this.#dialer.refuse(client, reason);
  }

  /** The backend of an attempt accepted. From now on the engine tells the end of the connection by {@link ended}. */
  connected(attempt: Attempt<C>): Backend {
    const backend = this.#settled(attempt);
    this.#account.connected(backend, (this.#now() - attempt.begun) / 1000);
    if (this.#scout === attempt) this.#scout = undefined;
    if (this.#waiting.size > 0) this.#serveWaiting(true);
    return backend;
  }

  /** The backend of an attempt did not accept. The next one is tried. */
  failed(attempt: Attempt<C>, reason: DialFailure): void {
    const backend = this.#settled(attempt);
    this.#release(backend);
    this.#account.failed(backend, reason);
    attempt.note(backend);
    this.#failed(backend.slot, reason);
    this.#next(attempt);
  }

  /** There was no descriptor for a socket to the backend: the client waits, and the backend is not to blame. */
  starved(attempt: Attempt<C>): void {
    this.#release(this.#settled(attempt));
    attempt.backend = undefined;
    this.#wait(attempt, 'starved');
  }

  /** The client of an attempt left. */
  left(attempt: Attempt<C>): void {
    if (attempt.state === 'dialing') {
      if (attempt.backend === undefined) return;
      const backend = this.#settled(attempt);
      this.#dialer.abandon(attempt);
      this.#release(backend);
    } else {
      this.#unwait(attempt);
    }
    if (this.#scout === attempt) this.#scout = undefined;
    this.#account.add('left', 1);
    this.#account.add('clients', -1);
    this.#serveWaiting(false);
  }

  /** An established connection ended. */
  ended(backend: Backend, how: Ending): void {
    this.#account.ended(backend, how);
    this.#release(backend);
    if (this.#waiting.size > 0) this.#serveWaiting(false);
  }

  /** Ends what takes too long, and lets those try again who wait for a backend. To be called some times a second while {@link pending}. */
  tick(): void {
    const now = this.#now();
    const { connectTimeout, queue } = this.route.options;
    for (const attempt of this.#dialing) {
      if (now - attempt.begun < connectTimeout) continue;
      this.#dialer.abandon(attempt);
      this.failed(attempt, 'timedOut');
    }
    for (const attempt of this.#waiting) {
      const limit = attempt.state === 'hold' ? attempt.since + this.#hold : attempt.waitedSince + queue;
      if (now < limit) continue;
      this.#unwait(attempt);
      const refusals = { hold: 'noBackend', queue: 'queueTimeout', starved: 'noDescriptor' } as const;
      if (attempt.state !== 'dialing') this.#refuse(attempt, refusals[attempt.state]);
    }
    if (this.#waiting.size > 0) this.#serveWaiting(false);
  }

  #next(attempt: Attempt<C>): void {
    let isFull = this.#isFull();
    const allowed = (isWanted: (backend: Backend) => boolean) => (backend: Backend) => {
      if (this.#isFull() || !isWanted(backend) || attempt.hasTried(backend)) return false;
      const hasPlace = backend.load < (this.route.options.backendMax ?? Number.POSITIVE_INFINITY);
      isFull ||= !hasPlace;
      return hasPlace;
    };
    const backend =
      this.#choose(
        attempt,
        allowed(({ usable }) => usable),
      ) ??
      this.#choose(
        attempt,
        allowed(({ spare }) => spare),
      );
    if (backend !== undefined) this.#dial(attempt, backend);
    else if (isFull) this.#wait(attempt, 'queue');
    else if (this.#now() - attempt.since < this.#hold) this.#wait(attempt, 'hold');
    else this.#refuse(attempt, 'noBackend');
  }

  #choose(attempt: Attempt<C>, allowed: Allowed): Backend | undefined {
    return pick(this.route.options.balance, this.#backends ?? [], allowed, this.#pick, attempt.source);
  }

  #dial(attempt: Attempt<C>, backend: Backend): void {
    if (attempt.backend !== undefined) this.#account.add('retries', 1);
    attempt.state = 'dialing';
    attempt.backend = backend;
    attempt.begun = this.#now();
    this.#dialing.add(attempt);
    backend.load += 1;
    this.#load += 1;
    this.#dialer.dial(attempt, backend);
  }

  #wait(attempt: Attempt<C>, state: Wait): void {
    if (this.#scout === attempt) this.#scout = undefined;
    // one that waited before keeps its place among those who may wait
    if (attempt.waitedFor === undefined && this.#waiting.size >= this.route.options.queueLength) {
      this.#refuse(attempt, 'queueFull');
      return;
    }
    if (attempt.waitedFor === undefined) this.#account.add('waited', 1);
    if (attempt.waitedFor !== state) attempt.waitedSince = this.#now();
    attempt.waitedFor = state;
    attempt.state = state;
    if (state === 'hold') this.#scoutedAt = this.#now();
    attempt.forget();
    this.#waiting.add(attempt);
    this.#account.add('waiting', 1);
  }

  #unwait(attempt: Attempt<C>): void {
    if (this.#waiting.delete(attempt)) this.#account.add('waiting', -1);
  }

  /** Lets go on who can. @param anew whether something changed for those who wait for a backend. */
  #serveWaiting(anew: boolean): void {
    if (this.#waiting.size === 0 || !this.#hasPlace()) return;
    for (const attempt of [...this.#waiting]) {
      if (!this.#hasPlace()) return;
      // one that was connected at once may have let this one go on already
      if (!this.#waiting.has(attempt)) continue;
      if (attempt.state === 'hold' && !anew) {
        if (this.#scout !== undefined || this.#now() - this.#scoutedAt < scoutPause) continue;
        this.#scout = attempt;
      }
      this.#unwait(attempt);
      this.#next(attempt);
      // without a descriptor for this one there is none for the others
      if (attempt.state === 'starved') return;
    }
  }

  /** Whether any backend could take one more connection. */
  #hasPlace(): boolean {
    const { backendMax = Number.POSITIVE_INFINITY } = this.route.options;
    const hasPlace = ({ usable, spare, load }: Backend) => (usable || spare) && load < backendMax;
    return !this.#isFull() && (this.#backends ?? []).some(hasPlace);
  }

  /** How long a client is kept waiting for a backend, in milliseconds. */
  get #hold(): number {
    const { hold, connectTimeout } = this.route.options;
    return this.#backends === undefined ? Math.max(hold, connectTimeout) : hold;
  }

  #isFull(): boolean {
    return this.route.options.max !== undefined && this.#load >= this.route.options.max;
  }

  #anyone(state: 'queue'): boolean {
    if (this.#waiting.size === 0) return false;
    for (const attempt of this.#waiting) if (attempt.state === state) return true;
    return false;
  }

  #refuse(attempt: Attempt<C>, reason: Refusal): void {
    if (this.#scout === attempt) this.#scout = undefined;
    this.#account.add(reason, 1);
    this.#account.add('clients', -1);
    this.#dialer.refuse(attempt.client, reason);
  }

  /** An attempt that is dialed no more, and its backend. */
  #settled(attempt: Attempt<C>): Backend {
    const { backend } = attempt;
    if (backend === undefined || !this.#dialing.delete(attempt)) throw new Error('an attempt was settled twice');
    return backend;
  }

  #release(backend: Backend): void {
    backend.load -= 1;
    this.#load -= 1;
  }
}
