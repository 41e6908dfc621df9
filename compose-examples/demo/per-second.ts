/** How many things happened in each of the last seconds. */
export class PerSecond {
  readonly #seconds: number;
  readonly #counts = new Map<number, number>();

  /** @param seconds how many of them are remembered. */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** @param now milliseconds, of any clock that only goes on. */
  add(count: number, now: number): void {
    const second = Math.floor(now / 1000);
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + count);
    for (const old of this.#counts.keys()) if (old < second - this.#seconds) this.#counts.delete(old);
  }

  /** The counts of the whole seconds before `now`, the oldest first; the second that runs is not among them. */
  before(now: number): number[] {
    const second = Math.floor(now / 1000);
    return Array.from({ length: this.#seconds }, (_, index) => this.#counts.get(second - this.#seconds + index) ?? 0);
  }
}
