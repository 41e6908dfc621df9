/** A stretch of numbers, both ends included. */
export type Range = readonly [from: number, to: number];

/** The numbers of the lines that arrived: which ones, and how often one came again. */
export class Tally {
  /** How many different numbers arrived. */
  different = 0;
  /** How many arrivals were of a number that had arrived before. */
  duplicates = 0;
  /** The highest number that arrived; 0 where none did. */
  #highest = 0;
  /** All numbers from 1 to this one are known to have arrived. */
  #whole = 0;
  /** A byte for each number, beginning with 0, which no line has: 1 where it arrived. */
  #seen = new Uint8Array(4096);

  /** @param number a whole number from 1. @throws RangeError for anything else: counting it would be a lie. */
  add(number: number): void {
    if (!Number.isInteger(number) || number < 1 || number >= 2 ** 32) throw new RangeError(`${number} is no number of a line`);
    if (number >= this.#seen.length) this.#grow(number);
    if (this.#seen[number] === 1) {
      this.duplicates += 1;
      return;
    }
    this.#seen[number] = 1;
    this.different += 1;
    this.#highest = Math.max(this.#highest, number);
  }

  /** The numbers from 1 to `last` that did not arrive, as the first `most` stretches of them. */
  missing(last: number, most = Number.POSITIVE_INFINITY): Range[] {
    while (this.#seen[this.#whole + 1] === 1) this.#whole += 1;
    const found: Range[] = [];
    for (let from = this.#whole + 1; from <= last && found.length < most; from += 1) {
      if (this.#seen[from] === 1) continue;
      let to = from;
      while (to < last && this.#seen[to + 1] !== 1) to += 1;
      found.push([from, to]);
      from = to;
    }
    return found;
  }

  /** How many different numbers above `last` arrived. */
  beyond(last: number): number {
    let count = 0;
    for (let number = last + 1; number <= this.#highest; number += 1) count += this.#seen[number] ?? 0;
    return count;
  }

  #grow(number: number): void {
    const larger = new Uint8Array(2 ** Math.ceil(Math.log2(number + 1)));
    larger.set(this.#seen);
    this.#seen = larger;
  }
}
