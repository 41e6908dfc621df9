import type { Format } from '../record/format.ts';

/** Where a batch begins that is an object of its own. No other has the same life and start but another attempt at it, which takes its place. */
export interface ObjectPlace {
  /** The name of its file. */
  readonly file: string;
  /** What the life of the file is called, from one beginning of it to the next. */
  readonly life: string;
  /** Offset in that life, in bytes. */
  readonly start: number;
}

/** A batch as a sink sees it. */
export interface Delivery {
  /** The same whenever the same stretches of the same files are sent again, so that a receiver can tell a repetition. */
  readonly id: string;
  /** Records in the sink's format. Not to be kept: the memory is used again after `send`. */
  readonly body: Buffer;
  /** How many. */
  readonly records: number;
  /** Set for a sink with {@link Sink.objects}. */
  readonly object?: ObjectPlace;
}

/** A record that a receiver will never take, however often it is sent. */
export interface Rejection {
  /** The record as it was sent, without what only separates it from others. */
  readonly record: Uint8Array;
  /** What the receiver says of it. */
  readonly reason: string;
}

/** Where records go. One file for each sink, and one test suite for all of them. */
export interface Sink {
  /** For messages: where it leads, without secrets. */
  readonly name: string;
  /** How records are written for it. */
  readonly format: Format;
  /** How many batches it takes at the same time. */
  readonly concurrency: number;
  /** Present where a batch is an object of its own: it holds bytes of one file alone, up to so many, which may wait for so long, in milliseconds. */
  readonly objects?: { readonly bytes: number; readonly wait: number };
  /**
   * Sends one batch. That it resolves is the acknowledgement: the batch is where it belongs, and will not be sent again.
   * @param signal gives up what is under way.
   * @returns the records of it that the receiver refuses for good, where it tells them apart; they go to the dead letters.
   * @throws SinkError, or any error, where it is not known to have arrived: it will be sent again, unless the error says that it is rejected.
   */
  readonly send: (delivery: Delivery, signal: AbortSignal) => Promise<readonly Rejection[] | undefined>;
  /** What is not well, though batches arrive, such as a new certificate that cannot be used. */
  readonly trouble?: string | undefined;
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
  /** True where the receiver will never take this batch, and may take others: it is taken apart, and the records that are refused go to the dead letters. */
  readonly rejected: boolean;
  /** Where the receiver answered for each record: those that are to be sent again. All of the batch where it is not given. */
  readonly rest: Delivery | undefined;
  /** Where it did: those that it will never take. */
  readonly refused: readonly Rejection[];

  constructor(message: string, details: SinkErrorDetails = {}) {
    const { retryAfter = 0, hopeless = false, rejected = false, rest, refused = [], cause } = details;
    super(message, { cause });
    this.retryAfter = retryAfter;
    this.hopeless = hopeless;
    this.rejected = rejected;
    this.rest = rest;
    this.refused = refused;
  }
}

/** What an error of a sink tells beside its message. */
export interface SinkErrorDetails extends Partial<Pick<SinkError, 'retryAfter' | 'hopeless' | 'rejected' | 'refused'>> {
  readonly rest?: Delivery;
  readonly cause?: unknown;
}
