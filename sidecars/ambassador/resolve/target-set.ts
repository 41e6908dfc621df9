import { type Endpoint, endpointKey } from '../dispatch/endpoint.ts';
import type { Route } from '../routes/route.ts';
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
  #current = new Map<string, Resolution>();
  /** Of targets that were taken away: they are in use until those are known that came instead. */
  #former: Resolution[] = [];

  /** @param changed hears of whatever changes, never before a call returns. */
  constructor(resolver: Resolver, changed: () => void) {
    this.#resolver = resolver;
    this.#changed = changed;
  }

  /** Follows the targets of a route from now on. What is known of those that stay is kept; the others are kept until {@link settle}. */
  follow({ targets, options: { family } }: Route): void {
    const known = this.#current;
    this.#current = new Map();
    for (const target of targets) {
      const key = `${family} ${JSON.stringify(target)}`;
      if (this.#current.has(key)) continue;
      this.#current.set(key, known.get(key) ?? this.#resolver.resolve(target, family, this.#changed));
      known.delete(key);
    }
    this.#former.push(...known.values());
  }

  /** Every endpoint once, by its key: in the order of the targets, with the host name of the first target that it belongs to. */
  get endpoints(): Map<string, Sourced> {
    const found = new Map<string, { endpoint: Endpoint; sources: Resolution[] }>();
    for (const resolution of [...this.#current.values(), ...this.#former]) {
      for (const endpoint of resolution.endpoints)
        found.getOrInsertComputed(endpointKey(endpoint), () => ({ endpoint, sources: [] })).sources.push(resolution);
    }
    return found;
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
    return this.#current.values().find(({ problem }) => problem !== undefined)?.problem;
  }

  /** Ends those targets that were taken away. */
  settle(): void {
    for (const resolution of this.#former.splice(0)) resolution.close();
  }

  /** Follows nothing any more. */
  close(): void {
    this.settle();
    for (const resolution of this.#current.values()) resolution.close();
    this.#current.clear();
  }
}
