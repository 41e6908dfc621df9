/** When the time of a file is over. Times are counted from when the capture began, or its first packet was seen. */
export class FilePeriods {
  readonly #every: number;
  #start: number;

  /** @param every how long a file takes, in milliseconds; undefined for no end. @param start in milliseconds since 1970. */
  constructor(every: number | undefined, start: number) {
    this.#every = every ?? Infinity;
    this.#start = start;
  }

  /** The first packet was seen: one of another file, or of memory, is older than the capture. */
  hear(first: number): void {
    this.#start = Math.min(this.#start, first);
  }

  /** When the time of a file is over that was begun at some time. */
  end(begun: number): number {
    if (this.#every === Infinity) return Infinity;
    return this.#start + (Math.floor((begun - this.#start) / this.#every) + 1) * this.#every;
  }
}
