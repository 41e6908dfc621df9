import type { ByteSink, ByteSource } from '../../../sidecars/backup/bytes.ts';

/** A stage that keeps what is written to it. */
export class Kept implements ByteSink {
  readonly #chunks: Uint8Array[] = [];
  #ended = false;

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#ended) throw new Error('it is written to after its end');
    this.#chunks.push(chunk);
  }

  async end(): Promise<void> {
    if (this.#ended) throw new Error('it is ended twice');
    this.#ended = true;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** Bytes in chunks of some size, each in memory of its own. */
export async function* inChunks(bytes: Uint8Array, size = 50_000): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield Uint8Array.from(bytes.subarray(at, at + size));
}

/** Everything that comes. */
export async function all(source: ByteSource): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}
