import { messageOf } from '#shared/exit.ts';
import { delays } from '#shared/retry.ts';

/** How a name is looked up: the work itself, and what is told of it. */
export interface Looking<T> {
  /** @throws Error whose message says why there is no answer. */
  readonly look: () => Promise<T>;
  /** Milliseconds from one look to the next. */
  readonly interval: number;
  /** There is no answer, for another reason than before. The last good answer stays. */
  readonly failed: (reason: string) => void;
  /** There is another answer than before, or one again after failures. */
  readonly answered: (answer: T, before: T | undefined) => void;
}

/** Milliseconds between the beginnings of two looks, however often a fresh one is asked for. */
const shortestPause = 250;
/** Waits of a name that never had an answer. */
const backoff = { base: 250, cap: 5000 };
/** A look that takes so long, in milliseconds, counts as failed until its answer comes. */
const patience = 5000;

/**
 * One name that is looked up again and again, by one look at a time. The last good answer outlives every failure.
 */
export class WatchedName<T> {
  readonly #looking: Looking<T>;
  readonly #listeners = new Set<() => void>();
  readonly #waits: Generator<number, never>;
  #answer: T | undefined;
  #problem: string | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the last look began. */
  #begun = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  #isStale = false;
  #isClosed = false;

  constructor(looking: Looking<T>) {
    this.#looking = looking;
    this.#waits = delays({ base: backoff.base, cap: Math.min(backoff.cap, looking.interval) });
    void this.#look();
  }

  /** The last good answer; undefined where there never was one. */
  get answer(): T | undefined {
    return this.#answer;
  }

  /** Why the last look failed; undefined where it did not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** How many looks failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether it was looked up at all yet, well or not. */
  get isSettled(): boolean {
    return this.#answer !== undefined || this.#problem !== undefined;
  }

  /** Calls back whenever the answer or the problem changed. @returns what ends that. */
  listen(changed: () => void): () => void {
    // a function of its own for each listener, also where one is given twice
    const listener = () => changed();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Whether anybody listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Looks soon, because the answer is suspected to be old. */
  refresh(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    if (!this.#isLooking) this.#schedule(0);
  }

  /** Looks no more; what is under way is not heard of. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    this.#isStale = false;
    this.#begun = performance.now();
    let isGivenUp = false;
    const impatience = setTimeout(() => {
      isGivenUp = true;
      this.#failed(`no answer within ${patience / 1000} s`);
    }, patience);
    try {
      const answer = await this.#looking.look();
      if (!this.#isClosed) this.#answered(answer);
    } catch (error) {
      if (!isGivenUp) this.#failed(messageOf(error));
    }
    clearTimeout(impatience);
    this.#isLooking = false;
    if (this.#isStale) this.#schedule(0);
    else if (this.#answer === undefined) this.#schedule(this.#waits.next().value);
    // names that were first seen together are not looked up together for ever
    else this.#schedule(this.#looking.interval * (0.9 + 0.1 * Math.random()));
  }

  #schedule(wait: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const pause = this.#begun + Math.min(shortestPause, this.#looking.interval) - performance.now();
    this.#timer = setTimeout(() => void this.#look(), Math.max(wait, pause));
  }

  #answered(answer: T): void {
    const before = this.#answer;
    const isOther = JSON.stringify(answer) !== JSON.stringify(before);
    const isNews = isOther || this.#problem !== undefined;
    this.#answer = answer;
    this.#problem = undefined;
    if (!isNews) return;
    this.#looking.answered(answer, before);
    this.#tell();
  }

  #failed(reason: string): void {
    if (this.#isClosed) return;
    const isNews = reason !== this.#problem;
    this.#failures += 1;
    this.#problem = reason;
    if (!isNews) return;
    this.#looking.failed(reason);
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
