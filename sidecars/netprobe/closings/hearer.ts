import type { SocketRecord } from '../sockets/record.ts';

/** Who is told of the ends of connections. */
export interface Hearer {
  /** One ended, with its last numbers. The record is filled anew for the next. */
  readonly ended: (record: SocketRecord) => void;
  /** Some ended of which nothing more will be heard. */
  readonly lost: () => void;
  /** There are many, and no thread can be had that hears of them; the main one goes on. */
  readonly alone: (error: unknown) => void;
}
