import { createHash, type Hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { ByteSink } from '../bytes.ts';
import { Garbage } from './garbage.ts';
import { Lane } from './lane.ts';

/** A multiple of 512, so that a header of tar never lies across two blocks. */
const defaultBlockBytes = 1 << 20;

/** In bytes: an upload holds parts in memory beside what is made here, and both together have to be less than 100 MiB. */
const garbageStep = 8 << 20;

/** How frames are made. */
export interface FramesOptions {
  /** Level of zstd; 3 where it is not given. */
  readonly level?: number;
  /** How many blocks are compressed at once; as many as there are processors, at most four. */
  readonly lanes?: number;
  /** Plain bytes in a frame, a multiple of 512; 1 MiB where it is not given. */
  readonly blockBytes?: number;
}

/** What went through. */
export interface FramesTotal {
  readonly plainBytes: number;
  readonly plainSha256: string;
  readonly frames: number;
}

/**
 * Compresses a stream of bytes, block by block, into independent zstd frames: `zstd -d` reads them all in one go, and whatever reads
 * them here can say where one is damaged.
 *
 *     write ─▶ block ─swap─▶ lane 0 ─┐
 *                      └───▶ lane 1 ─┴─▶ (in order) ─▶ sink
 *
 * Who writes much writes into `block` itself, moves `used`, and calls `swap` when it is full. A block is free again only when its frame
 * has gone to the sink, so that memory is bounded by the number of blocks. An error of the sink comes with the next `swap` or `end`.
 */
export class Frames implements ByteSink {
  /** The block that is being filled. */
  block: Buffer;
  /** How much of it is full. */
  used = 0;
  readonly #blockBytes: number;
  readonly #sink: ByteSink;
  readonly #lanes: readonly Lane[];
  readonly #free: Buffer[] = [];
  readonly #most: number;
  readonly #hash: Hash = createHash('sha256');
  readonly #garbage = new Garbage(garbageStep);
  #made = 1;
  #count = 0;
  #swapped = 0;
  /** All frames that were handed out before are with the sink. */
  #delivered: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(sink: ByteSink, options: FramesOptions = {}) {
    const { level = 3, lanes = Math.min(4, availableParallelism()), blockBytes = defaultBlockBytes } = options;
    this.#blockBytes = blockBytes;
    this.#sink = sink;
    this.#lanes = Array.from({ length: lanes }, () => Lane.compressing(level, blockBytes));
    this.#most = lanes + 2;
    this.block = Buffer.allocUnsafeSlow(blockBytes);
  }

  /** How many plain bytes were written. */
  get position(): number {
    return this.#swapped + this.used;
  }

  /** Whether the block has no room left: `swap` has to come before more is written to it. */
  get full(): boolean {
    return this.used === this.#blockBytes;
  }

  /**
   * Hands the block to a lane and waits for one that is free.
   * @throws whatever the sink failed with.
   */
  async swap(): Promise<void> {
    this.#hand();
    // the loop has to turn at each block: until then no lane tells that it is done, nor does anything else go on
    await turn();
    while (this.#failure === undefined && this.#free.length === 0 && this.#made === this.#most) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#demandHealthy();
    const block = this.#free.pop();
    if (block === undefined) this.#made += 1;
    this.block = block ?? Buffer.allocUnsafeSlow(this.#blockBytes);
    this.used = 0;
  }

  /** Copies bytes into blocks. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      if (this.full) await this.swap();
      const length = Math.min(chunk.length - at, this.#blockBytes - this.used);
      this.block.set(chunk.subarray(at, at + length), this.used);
      this.used += length;
      at += length;
    }
  }

  /** Ends the last frame, and the sink. @throws whatever the sink failed with. */
  async end(): Promise<void> {
    if (this.used > 0) this.#hand();
    await this.#delivered;
    this.close();
    this.#demandHealthy();
    await this.#sink.end();
  }

  /** What went through; after `end`. */
  get total(): FramesTotal {
    return { plainBytes: this.#swapped, plainSha256: this.#hash.copy().digest('hex'), frames: this.#count };
  }

  /** Lets go of the lanes' memory, also where the work is given up. */
  close(): void {
    for (const lane of this.#lanes) lane.close();
  }

  #hand(): void {
    const { block, used } = this;
    const bytes = block.subarray(0, used);
    const lane = this.#lanes[this.#count % this.#lanes.length];
    if (lane === undefined) throw new RangeError('frames need a lane');
    const frame = lane.run(bytes);
    // it is waited for in its turn
    frame.catch(() => {});
    this.#hash.update(bytes);
    this.#swapped += used;
    this.used = 0;
    this.#count += 1;
    this.#delivered = this.#deliver(this.#delivered, frame, block);
  }

  /** Gives a frame to the sink after those before it. It never fails: what is wrong is kept for the next call. */
  async #deliver(before: Promise<void>, frame: Promise<readonly Buffer[]>, block: Buffer): Promise<void> {
    await before;
    if (this.#failure !== undefined) return;
    try {
      for (const piece of await frame) {
        await this.#sink.write(piece);
        this.#garbage.made(piece.length);
      }
      this.#free.push(block);
    } catch (error) {
      this.#failure = { error };
    }
    this.#wake?.();
  }

  #demandHealthy(): void {
    if (this.#failure === undefined) return;
    this.close();
    throw this.#failure.error;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
