import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '#harness/until.ts';

/** What the application says at `/`. */
interface Counts {
  readonly servers: Readonly<Record<string, number>>;
}

/** Visits the pages of the application one after the other, until it leaves, and remembers every page that it did not get. */
export class Visitor {
  readonly #app: string;
  readonly #failures: string[] = [];
  readonly #leaving = new AbortController();
  readonly #walk: Promise<void>;
  #seen = 0;

  constructor(t: TestContext, app: string) {
    this.#app = app;
    this.#walk = this.#visit();
    t.after(() => this.leave());
  }

  /** Waits until the connections of the application lead to so many servers. */
  uses(count: number): Promise<void> {
    return until(`the application uses ${count} servers`, async () => {
      const { servers } = (await (await fetch(this.#app)).json()) as Counts;
      return Object.keys(servers).length === count;
    });
  }

  /** Waits until it has seen some more pages. */
  goesOn(count: number): Promise<void> {
    const goal = this.#seen + count;
    return until(`${count} more pages are seen`, () => this.#seen >= goal);
  }

  /** Ends the visit. @returns what went wrong */
  async leave(): Promise<readonly string[]> {
    this.#leaving.abort();
    await this.#walk;
    return this.#failures;
  }

  async #visit(): Promise<void> {
    for (let page = 0; !this.#leaving.signal.aborted; page += 1) {
      try {
        const answer = await fetch(`${this.#app}/pages/number-${page % 7}`);
        const text = await answer.text();
        if (answer.ok) this.#seen += 1;
        else this.#failures.push(`${answer.status} ${text}`);
      } catch (error) {
        this.#failures.push(String(error));
      }
      await pause(10);
    }
  }
}
