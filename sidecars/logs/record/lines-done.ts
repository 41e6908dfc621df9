/**
 * The lines of a stretch of a file, by number, and which of them are done with. Those that are done with from the first one on need not be read again; those that
 * lie behind one that is not are remembered by their place in the file, until the stretch begins behind them.
 */
export class LinesDone {
  /** Where those lines begin that are done with, and lie behind one that is not. */
  readonly #ahead = new Set<number>();
  /** The index in the chunk at which the stretch begins, and its place in the file. */
  #from = 0;
  #offset = 0;
  /** Where each line ends, and whether it is done with. */
  readonly #ends: number[] = [];
  readonly #isDone: boolean[] = [];
  /** The first line that is not. */
  #front = 0;

  /** Whether nothing is remembered. */
  get settled(): boolean {
    return this.#ahead.size === 0;
  }

  /** Bytes of lines, from the first one on, that are done with. */
  get consumed(): number {
    return this.#front === 0 ? 0 : (this.#ends[this.#front - 1] as number) - this.#from;
  }

  /** Begins with a stretch. */
  begin(from: number, offset: number): void {
    this.#from = from;
    this.#offset = offset;
    this.#ends.length = this.#isDone.length = this.#front = 0;
  }

  /** Takes the next line, which ends at an index. @returns its number; undefined where it is done with already. */
  add(end: number): number | undefined {
    const number = this.#ends.push(end) - 1;
    const isDone = this.#ahead.size > 0 && this.#ahead.has(this.place(number));
    this.#isDone.push(isDone);
    if (!isDone) return number;
    this.#advance();
    return undefined;
  }

  /** Lines are done with. */
  done(numbers: readonly number[]): void {
    for (const number of numbers) this.#isDone[number] = true;
    this.#advance();
  }

  /** Remembers what is to be remembered when the next stretch begins behind what is consumed. */
  end(): void {
    if (this.#ahead.size === 0 && !this.#isDone.includes(true, this.#front)) return;
    this.#isDone.forEach((isDone, number) => {
      if (number < this.#front) this.#ahead.delete(this.place(number));
      else if (isDone) this.#ahead.add(this.place(number));
    });
  }

  /** Where a line begins in the file. */
  place(number: number): number {
    const index = number === 0 ? this.#from : (this.#ends[number - 1] as number);
    return this.#offset + index - this.#from;
  }

  #advance(): void {
    while (this.#isDone[this.#front]) this.#front += 1;
  }
}
