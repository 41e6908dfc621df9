import type { ByteSink } from '../bytes.ts';

/** How much is gathered: a few times what one read of a pipe gives. */
const atOnce = 262_144;

/** A stage that gathers small chunks into larger ones, as every chunk costs the stages behind the same, however small it is. */
export class Gathered implements ByteSink {
  readonly #next: ByteSink;
  #buffer = Buffer.allocUnsafeSlow(atOnce);
  #used = 0;

  constructor(next: ByteSink) {
    this.#next = next;
  }

  /** @throws whatever the next stage fails with. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const length = Math.min(chunk.length - at, atOnce - this.#used);
      this.#buffer.set(chunk.subarray(at, at + length), this.#used);
      this.#used += length;
      at += length;
      if (this.#used === atOnce) await this.#pass();
    }
  }

  async end(): Promise<void> {
    if (this.#used > 0) await this.#pass();
    await this.#next.end();
  }

  async #pass(): Promise<void> {
    const full = this.#buffer.subarray(0, this.#used);
    // whoever takes a chunk keeps it
    this.#buffer = Buffer.allocUnsafeSlow(atOnce);
    this.#used = 0;
    await this.#next.write(full);
  }
}
