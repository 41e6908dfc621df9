import type { BlockSink } from '../sink.ts';

/** Two sinks that get the same. What the first one has no room for the second one does not get. */
export class BothSinks implements BlockSink {
  readonly #first: BlockSink;
  readonly #second: BlockSink;

  constructor(first: BlockSink, second: BlockSink) {
    this.#first = first;
    this.#second = second;
  }

  write(blocks: Uint8Array, packets: number, time: number): void {
    this.#first.write(blocks, packets, time);
    this.#second.write(blocks, packets, time);
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
