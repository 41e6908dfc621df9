import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '#harness/until.ts';

/** Asks a web server for `/?n=1`, `/?n=2` and so on, one after the other, until it is told to end. */
export class Requests {
  readonly #url: string;
  readonly #ending = new AbortController();
  readonly #walk: Promise<void>;
  #answered: number;

  /** @param answered the number of the last one that was answered before. */
  constructor(t: TestContext, url: string, answered = 0) {
    this.#url = url;
    this.#answered = answered;
    this.#walk = this.#ask();
    t.after(() => this.end());
  }

  /** Waits until some more are answered. */
  goesOn(count: number): Promise<void> {
    const goal = this.#answered + count;
    return until(`${count} more requests are answered`, () => this.#answered >= goal);
  }

  /** Ends it. @returns the number of the last one @throws Error where one was not */
  async end(): Promise<number> {
    this.#ending.abort();
    await this.#walk;
    return this.#answered;
  }

  async #ask(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const answer = await fetch(`${this.#url}/?n=${this.#answered + 1}`);
      await answer.text();
      if (!answer.ok) throw new Error(`${this.#url} answered ${answer.status}`);
      this.#answered += 1;
      await pause(2);
    }
  }
}
