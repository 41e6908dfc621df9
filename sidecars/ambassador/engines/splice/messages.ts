import type { DialFailure, EngineBackend, EngineRoute } from '../engine.ts';

/** What the worker is started with. */
export interface Start {
  /** The ledger's memory. */
  readonly memory: SharedArrayBuffer;
  /** An eventfd; something written to it says that there are messages. */
  readonly wake: number;
  /** One number in shared memory: 0; 1 ends the loop, where the process exits; 2 is the answer, that all connections are reset. */
  readonly ending: SharedArrayBuffer;
  /** How many connections there may be at a time, by the limit of open files, and how many pipes. */
  readonly most: { readonly connections: number; readonly pipes: number };
}

/** What the worker is told. Those with an `id` are answered. */
export type Order =
  | {
      readonly type: 'listen';
      readonly key: string;
      readonly fd: number | undefined;
      readonly route: EngineRoute;
      readonly id: number;
    }
  | { readonly type: 'unlisten'; readonly key: string; readonly id: number }
  | { readonly type: 'backends'; readonly route: number; readonly backends: readonly EngineBackend[] }
  | { readonly type: 'forget'; readonly route: number }
  /** Answered when the last connection has ended. */
  | { readonly type: 'drain'; readonly id: number }
  | { readonly type: 'destroy'; readonly id: number };

/** What the worker tells. */
export type Report =
  | { readonly type: 'done'; readonly id: number }
  /** A listener cannot be watched: the order is not done. */
  | { readonly type: 'unwatched'; readonly id: number }
  /** There was no descriptor for a client or a backend. */
  | { readonly type: 'starved' }
  /** Attempts to connect that failed since the last report: slot, reason, how many. */
  | { readonly type: 'failed'; readonly failures: readonly (readonly [slot: number, reason: DialFailure, count: number])[] };
