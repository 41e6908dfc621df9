/** How far back a rate looks, in ms: long enough to be steady, short enough to follow. */
const span = 10_000;

/** How fast bytes come, over the last seconds. */
export class Rate {
  readonly #samples: { readonly time: number; readonly bytes: number }[] = [];

  /** So many bytes have come in all by this time, in milliseconds by a clock that nobody sets. */
  add(time: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // another phase counts from the beginning
    if (last !== undefined && bytes < last.bytes) this.#samples.length = 0;
    this.#samples.push({ time, bytes });
    while ((this.#samples[1]?.time ?? time) < time - span) this.#samples.shift();
  }

  /** Bytes a second; undefined as long as there is nothing to tell it by. */
  get perSecond(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.time - first.time < 500) return undefined;
    return ((last.bytes - first.bytes) * 1000) / (last.time - first.time);
  }
}
