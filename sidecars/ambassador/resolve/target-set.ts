import { type Endpoint, endpointKey } from '../dispatch/endpoint.ts';
import type { Route } from '../routes/route.ts';
import { Loops, type Way } from './loops.ts';
import type { Resolution, Resolver } from './resolver.ts';

/** An endpoint, and what resolves to it. */
export interface Sourced {
  readonly endpoint: Endpoint;
  readonly sources: readonly Resolution[];
}

/** The targets of one route, and the endpoints that they resolve to. */
export class TargetSet {
  readonly #resolver: Resolver;
  readonly #changed: () => void;
  readonly #told: () => void;
  readonly #loops: Loops;
  #way: Way | undefined;
  #current = new Map<string, Resolution>();
  /** Of targets that were taken away: they are in use until those are known that came instead. */
  #former: Resolution[] = [];

  /**
   * @param changed hears of whatever changes, never before a call returns.
   * @param loops those of all routes, of which some may lead back to this one.
   */
  constructor(resolver: Resolver, changed: () => void, loops = new Loops()) {
    this.#resolver = resolver;
    this.#loops = loops;
    this.#told = changed;
    this.#changed = () => {
      loops.changed();
      changed();
    };
  }

  /** Follows the targets of a route from now on, which listens where it did before. What is known of those that stay is kept; the others are kept until {@link settle}. */
  follow({ listen, targets, options: { family } }: Route): void {
    const known = this.#current;
    this.#current = new Map();
    for (const target of targets) {
      const key = `${family} ${JSON.stringify(target)}`;
      if (this.#current.has(key)) continue;
      this.#current.set(key, known.get(key) ?? this.#resolver.resolve(target, family, this.#changed));
      known.delete(key);
    }
    this.#former.push(...known.values());
    if (this.#way === undefined) this.#enter(listen);
    else this.#loops.changed();
  }

  /**
   * Every endpoint once, by its key: in the order of the targets, with the host name of the first target that it belongs to. Those that lead
   * back to the route are not among them.
   */
  get endpoints(): Map<string, Sourced> {
    const found = new Map<string, { endpoint: Endpoint; sources: Resolution[] }>();
    for (const resolution of this.#all) {
      for (const endpoint of resolution.endpoints)
        found.getOrInsertComputed(endpointKey(endpoint), () => ({ endpoint, sources: [] })).sources.push(resolution);
    }
    for (const key of this.leadingBack) found.delete(key);
    return found;
  }

  /** The keys of those endpoints that lead back to the route, directly or through others. */
  get leadingBack(): readonly string[] {
    const way = this.#way;
    return way === undefined ? [] : way.endpoints.filter((endpoint) => this.#loops.leadsBack(way, endpoint)).map(endpointKey);
  }

  /** Whether every target was looked up, well or not. */
  get isSettled(): boolean {
    return this.#current.values().every(({ isSettled }) => isSettled);
  }

  /** Whether there are targets of which {@link settle} would be the end. */
  get hasFormer(): boolean {
    return this.#former.length > 0;
  }

  /** Why there may be fewer endpoints than there should be. */
  get problem(): string | undefined {
    const { problem } = this.#current.values().find((resolution) => resolution.problem !== undefined) ?? {};
    const [back] = problem === undefined ? this.leadingBack : [];
    return back === undefined ? problem : `${back} leads back to the route itself; name the host that has the service`;
  }

  /** Ends those targets that were taken away. */
  settle(): void {
    if (this.hasFormer) this.#loops.changed();
    for (const resolution of this.#former.splice(0)) resolution.close();
  }

  /** Follows nothing any more. */
  close(): void {
    if (this.#way !== undefined) this.#loops.leave(this.#way);
    this.settle();
    for (const resolution of this.#current.values()) resolution.close();
    this.#current.clear();
  }

  get #all(): Resolution[] {
    return [...this.#current.values(), ...this.#former];
  }

  #enter(listen: Route['listen']): void {
    const all = () => this.#all.flatMap(({ endpoints }) => endpoints);
    this.#way = {
      listen,
      get endpoints() {
        return all();
      },
      changed: this.#told,
    };
    this.#loops.enter(this.#way);
  }
}
