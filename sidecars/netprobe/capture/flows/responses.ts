/** How many questions may be open before the oldest is given up. */
const mostOpen = 64;

/** How long answers took, in microseconds. */
export class Responses {
  count = 0;
  sum = 0;
  most = 0;
  readonly #open = new Map<number, number>();

  /** Something is asked; the same once more is the same question, asked when it was for the first time. @param key tells questions apart that are open */
  asked(key: number, time: number): void {
    if (this.#open.has(key)) return;
    this.#open.set(key, time);
    if (this.#open.size <= mostOpen) return;
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest);
      break;
    }
  }

  /** It is answered. */
  answered(key: number, time: number): void {
    const since = this.#open.get(key);
    if (since === undefined) return;
    this.#open.delete(key);
    const took = Math.max(0, time - since);
    this.count += 1;
    this.sum += took;
    this.most = Math.max(this.most, took);
  }
}
