import type { Format } from '../record/envelope.ts';

/** A batch as a sink sees it. */
export interface Delivery {
  /** The same whenever the same stretches of the same files are sent again, so that a receiver can tell a repetition. */
  readonly id: string;
  /** Records in the sink's format. Not to be kept: the memory is used again after `send`. */
  readonly body: Buffer;
  /** How many. */
  readonly records: number;
}

/** Where records go. One file for each sink, and one test suite for all of them. */
export interface Sink {
  /** For messages: where it leads, without secrets. */
  readonly name: string;
  /** How records are written for it. */
  readonly format: Format;
  /** How many batches it takes at the same time. */
  readonly concurrency: number;
  /**
   * Sends one batch. That it resolves is the acknowledgement: the batch is where it belongs, and will not be sent again.
   * @param signal gives up what is under way.
   * @throws SinkError, or any error, where it is not known to have arrived: it will be sent again.
   */
  readonly send: (delivery: Delivery, signal: AbortSignal) => Promise<void>;
  /** Reaches out without leaving anything behind, for `--check`. @returns what was found. @throws what is wrong. */
  readonly check: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Why a batch did not arrive. */
export class SinkError extends Error {
  override readonly name = 'SinkError';
  /** Milliseconds that the receiver asks to wait before the next attempt. */
  readonly retryAfter: number;
  /** True where no attempt will ever succeed, because the way is gone for good. */
  readonly hopeless: boolean;

  constructor(
    message: string,
    { retryAfter = 0, hopeless = false, cause }: { retryAfter?: number; hopeless?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.retryAfter = retryAfter;
    this.hopeless = hopeless;
  }
}
