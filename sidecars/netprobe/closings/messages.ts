/** What the thread is started with. */
export interface Start {
  /** An eventfd; something written to it ends the thread. */
  readonly wake: number;
}

/** What the thread tells. */
export type Report =
  /** It hears from now on. */
  | { readonly type: 'listening' }
  /** Connections that ended, one behind the other: see `closing.ts`. */
  | { readonly type: 'closings'; readonly closings: Float64Array<ArrayBuffer> }
  /** The kernel had no room for some, as they were not read in time. */
  | { readonly type: 'lost' };
