import { PerSecond } from './per-second.ts';

/** What is read of the ambassador's `/status`. */
export interface AmbassadorStatus {
  readonly routes: readonly {
    readonly listen: string;
    readonly clients: number;
    readonly accepted: number;
    readonly retries: number;
    readonly backends: readonly {
      readonly backend: string;
      readonly state: string;
      readonly active: number;
      readonly connections: number;
      readonly bytesUp: number;
      readonly bytesDown: number;
    }[];
  }[];
}

/** An instance that the ambassador carries connections to. */
export interface Backend {
  /** Its address, with the port. */
  readonly name: string;
  readonly state: string;
  /** Connections that are open, and that were ever made. */
  readonly active: number;
  readonly connections: number;
  /** How often it went from up to anything else. */
  readonly absences: number;
  /** Bytes in each of the last 60 seconds, both ways, the oldest first. */
  readonly perSecond: readonly number[];
}

/** What the ambassador carries. */
export interface Carried {
  /** Where the application finds it. */
  readonly listen: string;
  readonly clients: number;
  /** Ever, as all that follows: connections of the application, connects that were tried again elsewhere, and bytes to and from backends. */
  readonly accepted: number;
  readonly retries: number;
  readonly sent: number;
  readonly received: number;
  readonly backends: readonly Backend[];
}

/** What is remembered of one backend. */
interface Memory {
  bytes: number;
  state: string;
  absences: number;
  readonly perSecond: PerSecond;
}

/** The ambassador's backends through time. */
export class Backends {
  readonly #seen = new Map<string, Memory>();
  #route: AmbassadorStatus['routes'][number] | undefined;

  /** The addresses of all that ever were. */
  get names(): readonly string[] {
    return [...this.#seen.keys()];
  }

  /** Takes one `/status`; of several routes the first. */
  take({ routes: [route] }: AmbassadorStatus, now: number): void {
    this.#route = route;
    for (const { backend, state, bytesUp, bytesDown } of route?.backends ?? []) {
      const bytes = bytesUp + bytesDown;
      const memory = this.#seen.get(backend) ?? { bytes, state, absences: 0, perSecond: new PerSecond(60) };
      this.#seen.set(backend, memory);
      // an ambassador that began anew counts from 0
      memory.perSecond.add(bytes < memory.bytes ? bytes : bytes - memory.bytes, now);
      if (memory.state === 'up' && state !== 'up') memory.absences += 1;
      memory.bytes = bytes;
      memory.state = state;
    }
  }

  /** How things stand; undefined before the first status with a route. */
  carried(now: number): Carried | undefined {
    if (this.#route === undefined) return undefined;
    const { listen, clients, accepted, retries, backends } = this.#route;
    const sum = (of: 'bytesUp' | 'bytesDown') => backends.reduce((total, backend) => total + backend[of], 0);
    return {
      ...{ listen, clients, accepted, retries, sent: sum('bytesUp'), received: sum('bytesDown') },
      backends: backends.map(({ backend, state, active, connections }) => {
        const { absences = 0, perSecond } = this.#seen.get(backend) ?? {};
        return { name: backend, state, active, connections, absences, perSecond: perSecond?.before(now) ?? [] };
      }),
    };
  }
}
