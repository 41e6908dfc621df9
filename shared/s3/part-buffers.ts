/**
 * The memory that parts are filled in, used again and again. It is kept from one upload to the next: what is given up and taken anew is there
 * twice until the garbage is collected.
 */
export class PartBuffers {
  readonly #keep: number;
  #spare: Buffer[] = [];

  /** @param keep how many are kept that nobody uses. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /** What is in it is not known. */
  take(size: number): Buffer {
    // parts only grow: smaller ones are of no use any more
    this.#spare = this.#spare.filter(({ length }) => length >= size);
    const at = this.#spare.findIndex(({ length }) => length === size);
    return this.#spare.splice(at, at < 0 ? 0 : 1)[0] ?? Buffer.allocUnsafeSlow(size);
  }

  /** Gives one back that nobody reads or writes any more. */
  give(buffer: Buffer): void {
    if (this.#spare.length < this.#keep) this.#spare.push(buffer);
  }
}
