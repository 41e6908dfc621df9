import type { SocketRecord } from './record.ts';

/** Is given each socket in one record, which is filled anew for the next. */
export type VisitSocket = (record: SocketRecord) => void;

/** A reading that goes on piece by piece, so that others may have a turn between two. */
export interface Pieces {
  /** Visits some dozens of sockets. @returns whether more are to come. @throws Error where they cannot be read */
  next(visit: VisitSocket): boolean;
}

/** Where the sockets of the namespace are read. */
export interface SocketSource {
  readonly name: 'netlink' | 'proc';
  /** What it does not tell, in words. */
  readonly missing: readonly string[];
  /** Visits every TCP socket that listens, at once: there are few. @throws Error where they cannot be read */
  listeners(visit: VisitSocket): void;
  /** All other TCP sockets. Only one reading goes on at a time. @throws Error where they cannot be read */
  connections(): Pieces;
  close(): void;
}
