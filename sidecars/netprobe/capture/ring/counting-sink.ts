import { type BlockSink, SinkFull } from '../sink.ts';

/** Where packets go; a recorder can be told to save. */
export type CaptureSink = BlockSink & { save?(reason: string): void };

/** Counts what goes on to a sink. */
export class CountingSink implements CaptureSink {
  /** Packets that it was given, and those of them that it took. */
  packets = 0;
  taken = 0;
  /** Bytes of blocks that it was given. */
  bytes = 0;
  readonly #sink: CaptureSink;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  write(blocks: Uint8Array, packets: number, time: number): void {
    this.packets += packets;
    this.bytes += blocks.length;
    try {
      this.#sink.write(blocks, packets, time);
    } catch (error) {
      if (error instanceof SinkFull) this.taken += error.written;
      throw error;
    }
    this.taken += packets;
  }

  tick(now: number): void {
    this.#sink.tick(now);
  }

  close(): void {
    this.#sink.close();
  }

  save(reason: string): void {
    this.#sink.save?.(reason);
  }
}
