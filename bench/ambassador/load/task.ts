import type { Service } from './backend.ts';
import type { Bulk } from './bulk.ts';
import type { Connects } from './connects.ts';
import type { Ping } from './ping.ts';

/** What is measured: through which port, for how many seconds, and what process is looked at meanwhile. */
export interface Target {
  readonly port: number;
  readonly seconds: number;
  /** The id of the proxy; undefined where there is none. */
  readonly proxy?: number | undefined;
}

/** What a load can be asked for, by name: what is told, and what comes back. */
export interface Tasks {
  readonly bulk: [told: Target & { readonly clients: number; readonly source: Service }, Bulk];
  readonly ping: [told: Target & { readonly clients: number }, Ping];
  readonly connects: [told: Target, Connects];
  /** Makes so many connections more, which stay idle. */
  readonly open: [told: { readonly port: number; readonly count: number }, null];
  /** Ends them, and those that it served. */
  readonly close: [told: null, null];
  /** Asks for an echo until there is one, or so long. Gives when there was one, in milliseconds since the epoch. */
  readonly answer: [told: { readonly port: number; readonly milliseconds: number }, number | null];
  /** Lets its backend work until the next task. */
  readonly serve: [told: Service, null];
}

/** What a load of TLS clients can be asked for. */
export interface TlsTasks {
  readonly bulk: [told: Target, Bulk];
  readonly connects: [told: Target, Connects];
}

/** The messages between a load and who asks: a task, and its outcome. */
export type Asked<T> = { readonly [Name in keyof T]: { readonly name: Name; readonly told: Told<T, Name> } }[keyof T];
export type Outcome = { readonly value: unknown } | { readonly error: string };

export type Told<T, Name extends keyof T> = T[Name] extends [infer What, unknown] ? What : never;
export type Value<T, Name extends keyof T> = T[Name] extends [unknown, infer What] ? What : never;
