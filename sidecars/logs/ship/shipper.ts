import { messageOf } from '#shared/exit.ts';
import type { Part } from '#shared/health.ts';
import type { Log } from '#shared/log.ts';
import { type Backoff, delays, sleep } from '#shared/retry.ts';
import { type Delivery, type Sink, SinkError } from '../sinks/sink.ts';
import { Batch } from './batch.ts';

/** What a shipper tells while it works. */
export interface ShipperEvents {
  /** A batch arrived. */
  readonly acknowledged: (batch: Batch, milliseconds: number) => void;
  /** A batch did not arrive, and is sent again. */
  readonly retried: () => void;
  /** A batch will not arrive: nothing more is sent. */
  readonly gaveUp: () => void;
}

/** What a shipper is told of the settings. */
export interface ShipperOptions {
  readonly batchBytes: number;
  /** Milliseconds that a record may wait for its batch to fill. */
  readonly flush: number;
  readonly backoff: Backoff;
  readonly part: Part;
  readonly log: Log;
}

/**
 * Batches on their way. There are as many as the sink takes at a time, and one that is being filled: where all of them are out,
 * `room` waits, nothing is read, and the log files are the buffer. A batch is sent until it is acknowledged.
 *
 *     room → fill → send → [in flight, retried] → acknowledge → free
 */
export class Shipper {
  readonly #sink: Sink;
  readonly #options: ShipperOptions;
  readonly #events: ShipperEvents;
  readonly #free: Batch[] = [];
  readonly #waiting: ((batch: Batch) => void)[] = [];
  /** Full batches that wait for the sink to take one more. */
  readonly #queue: Batch[] = [];
  #made = 0;
  #filling: Batch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #inFlight = 0;
  #settled: (() => void)[] = [];
  /** Aborted when batches get no more than one attempt, */
  readonly #patience = new AbortController();
  /** when no attempt is of use any more, */
  readonly #attempts = new AbortController();
  /** and whenever a batch arrives: then those that wait for their next attempt need not wait any longer. */
  #arrival = new AbortController();
  #gaveUp = false;
  #failure: SinkError | undefined;

  constructor(sink: Sink, options: ShipperOptions, events: ShipperEvents) {
    this.#sink = sink;
    this.#options = options;
    this.#events = events;
  }

  /** Batches that the sink has not answered yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Why nothing will ever arrive any more, if so. */
  get failure(): SinkError | undefined {
    return this.#failure;
  }

  /** Whether a batch was given up: nothing more is sent, and what was not acknowledged stays in the files. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** The batch to be filled; waits while all of them are out. Undefined once a batch was given up. */
  async room(): Promise<Batch | undefined> {
    this.#filling ??= await this.#take();
    return this.#gaveUp ? undefined : this.#filling;
  }

  /** Says that the batch got records: the first ones of a batch begin the time after which it is sent, full or not. */
  filled(): void {
    this.#timer ??= setTimeout(() => this.send(), this.#options.flush);
  }

  /** Sends what is filled now. */
  send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#filling;
    if (batch === undefined || batch.records === 0) return;
    this.#filling = undefined;
    this.#queue.push(batch);
    this.#next();
  }

  /** Sends what is filled, and resolves when nothing is on its way any more: all was acknowledged, or given up. */
  async settle(): Promise<void> {
    this.send();
    if (this.#inFlight + this.#queue.length > 0) await new Promise<void>((resolve) => this.#settled.push(resolve));
  }

  /** From now on each batch gets one more attempt; one that fails ends the shipping. */
  stopRetrying(): void {
    this.#patience.abort();
    this.#arrival.abort();
  }

  /** Ends the attempts under way. */
  abort(): void {
    this.stopRetrying();
    this.#attempts.abort();
  }

  async #take(): Promise<Batch> {
    const batch = this.#free.pop();
    if (batch !== undefined) return batch;
    if (this.#made <= this.#sink.concurrency) {
      this.#made += 1;
      return new Batch(this.#options.batchBytes);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #next(): void {
    while (this.#inFlight < this.#sink.concurrency) {
      const batch = this.#queue.shift();
      if (batch === undefined) break;
      this.#inFlight += 1;
      void this.#deliver(batch);
    }
    if (this.#inFlight > 0) return;
    for (const resolve of this.#settled) resolve();
    this.#settled = [];
  }

  async #deliver(batch: Batch): Promise<void> {
    const began = performance.now();
    try {
      await this.#send(batch.delivery);
      this.#options.part.ok();
      this.#arrival.abort();
      this.#arrival = new AbortController();
      for (const segment of batch.segments) segment.ledger.acknowledge(segment);
      this.#events.acknowledged(batch, performance.now() - began);
    } catch (error) {
      this.#gaveUp = true;
      if (error instanceof SinkError && error.hopeless) this.#failure = error;
      this.#options.part.degraded(messageOf(error));
      this.#events.gaveUp();
    }
    this.#inFlight -= 1;
    batch.clear();
    const wake = this.#waiting.shift();
    if (wake === undefined) this.#free.push(batch);
    else wake(batch);
    this.#next();
  }

  /** Attempts until one succeeds. @throws the last error, once there is no patience left. */
  async #send(delivery: Delivery): Promise<void> {
    const { backoff, part, log } = this.#options;
    for (const pause of delays(backoff)) {
      if (this.#gaveUp) throw new SinkError('not sent: a batch before it was given up');
      const isLast = this.#patience.signal.aborted;
      try {
        await this.#sink.send(delivery, this.#attempts.signal);
        return;
      } catch (error) {
        const { hopeless, retryAfter } = error instanceof SinkError ? error : { hopeless: false, retryAfter: 0 };
        if (isLast || hopeless) throw error;
        this.#events.retried();
        part.degraded(messageOf(error));
        const wait = Math.max(pause, retryAfter);
        log.debug({ wait, records: delivery.records }, 'sending again');
        // a receiver that asked for a pause gets it, even where it takes others
        await sleep(wait, retryAfter > 0 ? this.#patience.signal : this.#arrival.signal);
      }
    }
  }
}
