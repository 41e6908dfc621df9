/** A way for syslog messages. */
export interface SyslogTransport {
  /** How many batches are on their way at the same time. */
  readonly concurrency: number;
  /** What is not well, though messages go out. */
  readonly trouble?: string | undefined;
  /** Sends the messages of a body, each with its length before it. Resolves when as much is known of their arrival as this way tells. @throws Error */
  readonly deliver: (body: Buffer, signal: AbortSignal) => Promise<void>;
  /** Reaches out without sending a message. @returns what was found. @throws Error */
  readonly reach: () => Promise<string>;
  readonly close: () => Promise<void>;
}
