import type { Transform } from 'node:stream';
import { constants, createZstdCompress, createZstdDecompress, type ZstdOptions } from 'node:zlib';

/**
 * One zstd context that lives long and takes one block at a time, in a thread of Node's pool: to make one for each block costs as much
 * as a block itself.
 *
 *     block ─▶ write ─▶ (thread) ─▶ read
 *
 * Every write is a frame of its own. Nothing is left to Node's own judgement of where frames end: what is compressed is ended by
 * the flush of that very write, and what is decompressed is one whole frame each time.
 */
export class Lane {
  readonly #stream: Transform;
  #last: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;
  #fail: ((error: Error) => void) | undefined;

  private constructor(stream: Transform) {
    this.#stream = stream;
    const failed = (error: Error) => {
      this.#failure ??= error;
      this.#fail?.(this.#failure);
    };
    stream.on('error', failed);
    // a write that is under way when the stream is closed is never called back
    stream.on('close', () => failed(new Error('the lane was closed')));
  }

  /** A lane that makes a frame with a checksum of each block. */
  static compressing(level: number, blockBytes: number): Lane {
    const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag, ZSTD_e_end } = constants;
    const params = { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: 1 };
    return new Lane(createZstdCompress({ ...room(blockBytes), flush: ZSTD_e_end, params }));
  }

  /** A lane that makes blocks of whole frames. */
  static decompressing(blockBytes: number): Lane {
    return new Lane(createZstdDecompress(room(blockBytes)));
  }

  /** Turns a block into what it becomes, in pieces, after the blocks before it. The block must not change meanwhile. @throws zstd's error */
  run(block: Buffer): Promise<Buffer[]> {
    const result = this.#last.then(() => this.#one(block));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Lets the context go; blocks that are on their way fail. */
  close(): void {
    this.#stream.destroy();
  }

  #one(block: Buffer): Promise<Buffer[]> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#fail = reject;
      this.#stream.write(block, (error) => {
        if (error) return reject(error);
        const pieces: Buffer[] = [];
        for (let piece = this.#stream.read(); piece !== null; piece = this.#stream.read()) pieces.push(piece);
        resolve(pieces);
      });
    });
  }
}

/** Room for a whole result: one that does not fit takes another turn through the pool, and one that is held back waits to be read. */
function room(blockBytes: number): ZstdOptions {
  return { chunkSize: 2 * blockBytes, readableHighWaterMark: 8 * blockBytes } as ZstdOptions;
}
