/** A timer that runs only while there is something to look after. */
export class Rounds {
  readonly #look: () => boolean;
  #every: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param look returns whether there is anything left to look after. */
  constructor(every: number, look: () => boolean) {
    this.#every = every;
    this.#look = look;
  }

  /** There is something to look after. */
  begin(): void {
    this.#timer ??= setInterval(() => {
      if (!this.#look()) this.stop();
    }, this.#every);
  }

  /** Other pauses from now on, in milliseconds. */
  set every(every: number) {
    if (every === this.#every) return;
    this.#every = every;
    if (this.#timer === undefined) return;
    this.stop();
    this.begin();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
