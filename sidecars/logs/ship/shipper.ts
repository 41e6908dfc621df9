import { laneMemory } from '../record/wasm/arena.ts';
import { type Sink, SinkError } from '../sinks/sink.ts';
import { Batch } from './batch.ts';
import { Courier, type CourierOptions } from './courier.ts';

/** What a shipper tells while it works. */
export interface ShipperEvents {
  /** A batch arrived, but for so many of its records that were refused for good, and are among the dead letters. */
  readonly acknowledged: (batch: Batch, milliseconds: number, refused: number) => void;
  /** A batch did not arrive, and is sent again. */
  readonly retried: () => void;
  /** A batch will not arrive: nothing more is sent. */
  readonly gaveUp: () => void;
}

/** What a shipper is told of the settings. */
export interface ShipperOptions extends CourierOptions {
  readonly batchBytes: number;
  /** Milliseconds that a record may wait for its batch to fill. */
  readonly flush: number;
}

/**
 * Batches on their way. There are as many as the sink takes at a time, and one that is being filled: where all of them are out,
 * `room` waits, nothing is read, and the log files are the buffer. A batch is under way until it is acknowledged.
 *
 *     room → fill → send → courier → acknowledge → free
 */
export class Shipper {
  readonly #sink: Sink;
  readonly #courier: Courier;
  readonly #options: ShipperOptions;
  readonly #events: ShipperEvents;
  readonly #free: Batch[] = [];
  readonly #waiting: ((batch: Batch) => void)[] = [];
  /** Full batches that wait for the sink to take one more. */
  readonly #queue: Batch[] = [];
  #made = 0;
  #memory: (bytes: number) => Buffer = Buffer.allocUnsafeSlow;
  #filling: Batch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #inFlight = 0;
  #settled: (() => void)[] = [];
  #failure: SinkError | undefined;

  constructor(sink: Sink, options: ShipperOptions, events: ShipperEvents) {
    this.#sink = sink;
    this.#courier = new Courier(sink, options, events.retried);
    this.#options = options;
    this.#events = events;
  }

  /** A buffer of so many bytes to read into, once. Batches lie in the same memory, so that records are made without a copy. */
  readInto(bytes: number): Buffer {
    const batches = Array<number>(this.#sink.concurrency + 1).fill(this.#options.batchBytes);
    this.#memory = laneMemory([bytes, ...batches]);
    return this.#memory(bytes);
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
    return this.#courier.gaveUp;
  }

  /** The batch to be filled; waits while all of them are out. Undefined once a batch was given up. */
  async room(): Promise<Batch | undefined> {
    this.#filling ??= await this.#take();
    return this.gaveUp ? undefined : this.#filling;
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
    this.#courier.stopRetrying();
  }

  /** Ends the attempts under way. */
  abort(): void {
    this.#courier.abort();
  }

  async #take(): Promise<Batch> {
    const batch = this.#free.pop();
    if (batch !== undefined) return batch;
    if (this.#made <= this.#sink.concurrency) {
      this.#made += 1;
      return new Batch(this.#memory(this.#options.batchBytes), this.#sink.format.frame);
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
      const refused = await this.#courier.deliver(batch.seal());
      for (const segment of batch.segments) segment.ledger.acknowledge(segment);
      this.#events.acknowledged(batch, performance.now() - began, refused);
    } catch (error) {
      if (error instanceof SinkError && error.hopeless) this.#failure = error;
      this.#events.gaveUp();
    }
    this.#inFlight -= 1;
    batch.clear();
    const wake = this.#waiting.shift();
    if (wake === undefined) this.#free.push(batch);
    else wake(batch);
    this.#next();
  }
}
