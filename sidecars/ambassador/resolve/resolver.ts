import type { Log } from '#shared/log.ts';
import type { Endpoint } from '../dispatch/endpoint.ts';
import type { ObservedName } from '../observe.ts';
import type { Target } from '../routes/route.ts';
import { type IpAddress, ipAddress } from './addresses.ts';
import { Lanes } from './lanes.ts';
import { type Family, lookupHost } from './lookup.ts';
import { lookupSrv, type SrvTarget } from './srv.ts';
import { WatchedName } from './watched-name.ts';

/** What a resolver is told. */
export interface ResolverOptions {
  /** Milliseconds between two looks at a name; what a name server says of times to live is not asked. */
  readonly interval: number;
  readonly log: Log;
}

/** The endpoints of one target, kept up to date. */
export interface Resolution {
  /** In an order of their own; empty where the name never had an answer. */
  readonly endpoints: readonly Endpoint[];
  /** Why the last look failed, with the name; undefined where it did not. */
  readonly problem: string | undefined;
  /** Whether all that can be known at once is known: every name was looked up, well or not. */
  readonly isSettled: boolean;
  /** Looks soon, because an endpoint could not be reached. */
  refresh(): void;
  /** Nobody hears of changes any more. */
  close(): void;
}

/**
 * How many lookups of host names run at a time. libuv has four threads unless it is told otherwise, and gives no more than half of them
 * to lookups: one more would only wait there instead of here, where those that hang are told from the others.
 */
const lookupsAtOnce = 2;
/** A lookup that took longer, in milliseconds, was held up by a name server that is silent. */
const slow = 900;

/**
 * Turns targets into endpoints, and looks again and again. A name is looked up once, however many routes have it.
 * The last good answer of a name outlives every failure; each change from good to bad, and back, is logged once.
 */
export class Resolver {
  readonly #options: ResolverOptions;
  readonly #lanes = new Lanes(lookupsAtOnce);
  readonly #hosts = new Map<string, WatchedName<readonly IpAddress[]>>();
  readonly #services = new Map<string, WatchedName<readonly SrvTarget[]>>();

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  /** Follows a target. @param changed is called whenever something of the resolution changed, never before this returns. */
  resolve(target: Target, family: Family, changed: () => void): Resolution {
    if (target.type === 'unix') return fixed(target);
    if (target.type === 'srv') return this.#service(target.name, family, changed);
    return this.#host(target.host, target.port, family, changed);
  }

  /** Every name that is looked up, once, in the order in which they were first asked for. */
  get names(): ObservedName[] {
    const found = new Map<string, ObservedName>();
    for (const [name, watched] of this.#watched()) {
      // a name that is wanted in several families
      const other = found.get(name);
      found.set(name, {
        name,
        addresses: Math.max(watched.answer?.length ?? 0, other?.addresses ?? 0),
        failed: watched.failures + (other?.failed ?? 0),
        problem: watched.problem ?? other?.problem,
      });
    }
    return [...found.values()];
  }

  /** Looks nothing up any more. */
  close(): void {
    for (const watched of [...this.#hosts.values(), ...this.#services.values()]) watched.close();
    this.#hosts.clear();
    this.#services.clear();
  }

  *#watched(): Iterable<[name: string, Pick<WatchedName<readonly unknown[]>, 'answer' | 'problem' | 'failures'>]> {
    yield* this.#services;
    for (const [key, watched] of this.#hosts) yield [bare(key.slice(key.indexOf(' ') + 1)), watched];
  }

  #host(host: string, port: number, family: Family, changed: () => void): Resolution {
    const literal = ipAddress(host);
    if (literal !== undefined) return fixed({ type: 'tcp', ...literal, port, host });
    const name = bare(host);
    const [watched, leave] = this.#join(this.#hosts, `${family} ${host}`, changed, () =>
      this.#watch(
        host,
        this.#inLane(() => lookupHost(host, family)),
        writeAddresses,
      ),
    );
    return {
      get endpoints() {
        return (watched.answer ?? []).map((ip) => ({ type: 'tcp' as const, ...ip, port, host: name }));
      },
      get problem() {
        return watched.problem === undefined ? undefined : `${name}: ${watched.problem}`;
      },
      get isSettled() {
        return watched.isSettled;
      },
      refresh: () => watched.refresh(),
      close: leave,
    };
  }

  #service(name: string, family: Family, changed: () => void): Resolution {
    const parts = new Map<string, Resolution>();
    const update = () => {
      const wanted = new Map((watched.answer ?? []).map((target) => [`${target.host}:${target.port}`, target]));
      for (const [key, { host, port }] of wanted) {
        // targets of a record are full names: the search list is not for them
        if (!parts.has(key)) parts.set(key, this.#host(ipAddress(host) ? host : `${host}.`, port, family, told));
      }
      // until the new ones are looked up, those that went are better than none
      if (![...wanted.keys()].every((key) => parts.get(key)?.isSettled)) return;
      for (const [key, part] of parts) {
        if (wanted.has(key)) continue;
        parts.delete(key);
        part.close();
      }
    };
    const told = () => {
      update();
      changed();
    };
    const [watched, leave] = this.#join(this.#services, name, told, () => this.#watch(name, () => lookupSrv(name), writeTargets));
    update();
    const all = () => [...parts.values()];
    return {
      get endpoints() {
        return all().flatMap(({ endpoints }) => endpoints);
      },
      get problem() {
        if (watched.problem !== undefined) return `${name}: ${watched.problem}`;
        return all().find(({ problem }) => problem !== undefined)?.problem;
      },
      get isSettled() {
        return watched.isSettled && all().every(({ isSettled }) => isSettled);
      },
      refresh: () => {
        watched.refresh();
        for (const part of parts.values()) part.refresh();
      },
      close: () => {
        leave();
        for (const part of parts.values()) part.close();
      },
    };
  }

  /** The name that others may watch already, and what to call when nobody needs to. */
  #join<T>(
    known: Map<string, WatchedName<T>>,
    key: string,
    changed: () => void,
    begin: () => WatchedName<T>,
  ): [WatchedName<T>, leave: () => void] {
    const watched = known.getOrInsertComputed(key, begin);
    const stopListening = watched.listen(changed);
    const leave = () => {
      stopListening();
      if (watched.isHeard || known.get(key) !== watched) return;
      known.delete(key);
      watched.close();
    };
    return [watched, leave];
  }

  /** The same task in a lane, which it is given by how long it took the last time. */
  #inLane<T>(task: () => Promise<T>): () => Promise<T> {
    let took = 0;
    return () =>
      this.#lanes.run(took > slow, async () => {
        const begun = performance.now();
        try {
          return await task();
        } finally {
          took = performance.now() - begun;
        }
      });
  }

  #watch<T>(name: string, look: () => Promise<T>, write: (answer: T) => string[]): WatchedName<T> {
    const { interval, log } = this.#options;
    let hadAnswer = false;
    return new WatchedName<T>({
      look,
      interval,
      failed: (reason) => {
        const next = hadAnswer ? 'its last addresses stay in use' : 'it is tried again until it is there';
        log.warn({ target: name, reason }, `${name} cannot be resolved; ${next}`);
      },
      answered: (answer) => {
        hadAnswer = true;
        log.info({ target: name, to: write(answer) }, `${name} is resolved`);
      },
    });
  }
}

/** Without the dot by which a name is full: nobody proves it, and nobody is told of it. */
function bare(name: string): string {
  return name.replace(/\.$/, '');
}

/** What needs no name server. */
function fixed(endpoint: Endpoint): Resolution {
  return { endpoints: [endpoint], problem: undefined, isSettled: true, refresh: () => {}, close: () => {} };
}

function writeAddresses(answer: readonly IpAddress[]): string[] {
  return answer.map(({ address }) => address);
}

function writeTargets(answer: readonly SrvTarget[]): string[] {
  return answer.map(({ host, port }) => `${host}:${port}`);
}
