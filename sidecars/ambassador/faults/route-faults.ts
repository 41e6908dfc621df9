import { isDeepStrictEqual } from 'node:util';
import type { Toxic } from './toxics/toxic.ts';

/** A connection that toxics work on. */
export interface FaultedConnection {
  /** The toxics of its route from now on. */
  set(toxics: readonly Toxic[]): void;
  /** Closes both sides at once. */
  cut(): void;
}

/** The toxics of one route, and the connections that they work on. */
export class RouteFaults {
  #toxics: readonly Toxic[] = [];
  readonly #connections = new Set<FaultedConnection>();
  readonly #told: (toxics: readonly Toxic[]) => void;

  /** @param told hears of other toxics than before. */
  constructor(told: (toxics: readonly Toxic[]) => void = () => {}) {
    this.#told = told;
  }

  /** In the order in which bytes go through those of one stream. */
  get toxics(): readonly Toxic[] {
    return this.#toxics;
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#connections.size;
  }

  /**
   * Replaces the toxics, also of living connections: none is closed by this, and no byte lost, unless a toxic does that. One with the
   * name and type of one before is that one with other numbers.
   */
  set(toxics: readonly Toxic[]): void {
    const isOther = !isDeepStrictEqual(toxics, this.#toxics);
    this.#toxics = [...toxics];
    if (isOther) this.#told(this.#toxics);
    for (const connection of [...this.#connections]) connection.set(this.#toxics);
  }

  /** The toxic of a name. */
  find(name: string): Toxic | undefined {
    return this.#toxics.find((toxic) => toxic.name === name);
  }

  /** Closes all connections, as a backend does that goes down. */
  cut(): void {
    for (const connection of [...this.#connections]) connection.cut();
  }

  /** A connection begins. */
  enter(connection: FaultedConnection): void {
    this.#connections.add(connection);
  }

  /** A connection has ended. */
  leave(connection: FaultedConnection): void {
    this.#connections.delete(connection);
  }
}

/** The faults of all routes by name. A route that is reloaded, or that is gone for a while, keeps its own. */
export class FaultBook {
  readonly #routes = new Map<string, RouteFaults>();
  readonly #told: (route: string, toxics: readonly Toxic[]) => void;

  /** @param told hears of other toxics of a route than before. */
  constructor(told: (route: string, toxics: readonly Toxic[]) => void = () => {}) {
    this.#told = told;
  }

  /** The faults of a route: none, where nothing was told of it. */
  of(route: string): RouteFaults {
    const known = this.#routes.get(route);
    if (known !== undefined) return known;
    const faults = new RouteFaults((toxics) => this.#told(route, toxics));
    this.#routes.set(route, faults);
    return faults;
  }

  /** Takes the toxics off a route that is removed for good. */
  forget(route: string): void {
    this.#routes.get(route)?.set([]);
    this.#routes.delete(route);
  }
}
