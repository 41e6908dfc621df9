/** What a join counts. */
export interface JoinAccount {
  /** Bytes that went from the client to the backend. */
  up(bytes: number): void;
  /** Bytes that went from the backend to the client. */
  down(bytes: number): void;
  /** The connection ended. Called once. */
  ended(how: 'closed' | 'resetByClient' | 'resetByBackend'): void;
}

/** A client and a backend whose bytes are carried both ways. */
export interface Joined {
  /** When the last byte was carried, by `performance.now()`. */
  readonly lastByteAt: number;
  /** Ends both sides with a reset. The account hears no more of it: who calls this knows why. */
  reset(): void;
  /** Looks for a side that was reset while it was not read from. Called about once a second. @param now `performance.now()`. */
  probe?(now: number): void;
}
