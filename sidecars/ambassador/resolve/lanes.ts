/**
 * Lets only so many tasks run at a time; the others wait in order. Of those that are known to be slow only one runs at a time, as long
 * as there is more than one lane: names whose servers are silent must not keep all others waiting.
 */
export class Lanes {
  readonly #count: number;
  readonly #waiting: { readonly slow: boolean; readonly begin: () => void }[] = [];
  #running = 0;
  #runningSlow = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** Runs a task when there is a lane for it. @param slow whether it took long the last time. */
  async run<T>(slow: boolean, task: () => Promise<T>): Promise<T> {
    if (!this.#hasLane(slow)) await new Promise<void>((begin) => void this.#waiting.push({ slow, begin }));
    else this.#enter(slow);
    try {
      return await task();
    } finally {
      this.#running -= 1;
      if (slow) this.#runningSlow -= 1;
      this.#next();
    }
  }

  #hasLane(slow: boolean): boolean {
    return this.#running < this.#count && (!slow || this.#count === 1 || this.#runningSlow === 0);
  }

  #enter(slow: boolean): void {
    this.#running += 1;
    if (slow) this.#runningSlow += 1;
  }

  #next(): void {
    const index = this.#waiting.findIndex(({ slow }) => this.#hasLane(slow));
    const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (next === undefined) return;
    this.#enter(next.slow);
    next.begin();
  }
}
