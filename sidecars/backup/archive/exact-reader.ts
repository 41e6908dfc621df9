import type { ByteSource } from '../bytes.ts';

/** Reads from a source as many bytes as are asked for, whatever its chunks are. */
export class ExactReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);
  /** How many bytes were read. */
  position = 0;

  constructor(source: ByteSource) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next bytes; fewer than were asked for where the source ends. @throws whatever the source fails with. */
  async read(length: number): Promise<Buffer> {
    if (this.#chunk.length >= length) return this.#take(length);
    const pieces = [this.#take(this.#chunk.length)];
    for (let missing = length - (pieces[0]?.length ?? 0); missing > 0; ) {
      const { done, value } = await this.#chunks.next();
      if (done === true) break;
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      const piece = this.#take(Math.min(missing, this.#chunk.length));
      missing -= piece.length;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  /** Gives up the source. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #take(length: number): Buffer {
    const taken = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    this.position += length;
    return taken;
  }
}
