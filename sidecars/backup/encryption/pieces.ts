/** Bytes that wait for more of them, as the chunks that they came in: nothing is copied. */
export class Pieces {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The first bytes, which leave it; as many as it has, where that is less. */
  take(bytes: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    let left = bytes;
    let used = 0;
    for (const chunk of this.#chunks) {
      if (left === 0) break;
      taken.push(chunk.subarray(0, left));
      if (chunk.length > left) {
        this.#chunks[used] = chunk.subarray(left);
        left = 0;
        break;
      }
      left -= chunk.length;
      used += 1;
    }
    // once for all of them: there may be many small ones
    this.#chunks.splice(0, used);
    this.#length -= bytes - left;
    return taken;
  }
}
