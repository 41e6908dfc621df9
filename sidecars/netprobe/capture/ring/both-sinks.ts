import { type BlockSink, SinkFull } from '../sink.ts';

/** Two sinks that get the same. What the first one has no room for the second one does not get; the second one may be full, and gets nothing more then. */
export class BothSinks implements BlockSink {
  readonly #first: BlockSink;
  readonly #second: BlockSink;
  #isSecondFull = false;

  constructor(first: BlockSink, second: BlockSink) {
    this.#first = first;
    this.#second = second;
  }

  write(blocks: Uint8Array, packets: number, time: number): void {
    this.#first.write(blocks, packets, time);
    if (this.#isSecondFull) return;
    try {
      this.#second.write(blocks, packets, time);
    } catch (error) {
      if (!(error instanceof SinkFull)) throw error;
      this.#isSecondFull = true;
    }
  }

  tick(now: number): void {
    this.#first.tick(now);
    this.#second.tick(now);
  }

  close(): void {
    try {
      this.#first.close();
    } finally {
      this.#second.close();
    }
  }
}
