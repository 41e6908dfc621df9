import { Counts } from './counts.ts';
import { Tally } from './tally.ts';

/** How far back is looked: a second, ten, a minute, or all the way. */
export const windowNames = ['1s', '10s', '1m', 'all'] as const;
export type WindowName = (typeof windowNames)[number];

/** How many keys are told apart in a second, and since the start. */
const keys = { slice: 256, all: 1024 };
/** Slices of one second, and of five. */
const [seconds, fives] = [10, 12];

/** Counts of some seconds, and which they were. */
interface Slice {
  /** The number of the stretch since 1970; -1 where it was none yet. */
  at: number;
  counts: Counts;
}

/**
 * Counts over the last second, ten seconds, minute, and since the start. A request is counted once, in the second that runs; when that is over it is added
 * to the others. Windows are of whole seconds that are over, so that a rate does not jump with the moment at which one looks; that of a minute
 * consists of slices of five seconds, and is of 55 to 59 seconds.
 */
export class Windows {
  readonly #all = new Counts(keys.all);
  readonly #seconds = slices(seconds);
  readonly #fives = slices(fives);
  #running = new Counts(keys.slice);
  readonly #startedAt: number;
  #second: number;

  /** @param now milliseconds since 1970. */
  constructor(now: number) {
    this.#startedAt = now;
    this.#second = Math.floor(now / 1000);
  }

  /** Where requests are counted now. */
  at(now: number): Counts {
    const second = Math.floor(now / 1000);
    // a clock that is set back goes on in the second that runs; one that was set far on leaves no slice that is recent
    if (second - this.#second > fives * 5) this.#end(this.#second, second - fives * 5);
    while (this.#second < second) this.#end(this.#second, this.#second + 1);
    return this.#running;
  }

  /** What was counted in a window, and how many seconds it is of. */
  over(name: WindowName, now: number): { readonly counts: Counts; readonly seconds: number } {
    this.at(now);
    const counts = new Counts(keys.all);
    const since = (now - this.#startedAt) / 1000;
    if (name === 'all') {
      counts.merge(this.#all);
      counts.merge(this.#running);
      return { counts, seconds: since };
    }
    let whole = name === '1s' ? 1 : 10;
    if (name === '1m') {
      const five = Math.floor(this.#second / 5);
      for (const { at, counts: past } of this.#fives) if (at >= five - (fives - 1) && at < five) counts.merge(past);
      const rest = this.#second - five * 5;
      whole = (fives - 1) * 5 + rest;
      this.#mergeSeconds(counts, rest);
    } else this.#mergeSeconds(counts, whole);
    return { counts, seconds: Math.min(whole, Math.max(1, this.#second - Math.floor(this.#startedAt / 1000))) };
  }

  /** The numbers since the start, up to now. */
  tally(): Tally {
    const tally = new Tally();
    tally.merge(this.#all.tally);
    tally.merge(this.#running.tally);
    return tally;
  }

  #mergeSeconds(into: Counts, count: number): void {
    for (const { at, counts } of this.#seconds) if (at >= this.#second - count && at < this.#second) into.merge(counts);
  }

  /** Puts what was counted in a second where it belongs, and begins another one. */
  #end(second: number, next: number): void {
    const slice = this.#seconds[second % seconds];
    const five = this.#fives[Math.floor(second / 5) % fives];
    if (slice === undefined || five === undefined) throw new Error(`there is no slice for the second ${second}`);
    const ended = this.#running;
    this.#all.merge(ended);
    if (five.at !== Math.floor(second / 5)) {
      five.at = Math.floor(second / 5);
      five.counts.clear();
    }
    five.counts.merge(ended);
    this.#running = slice.counts;
    this.#running.clear();
    slice.at = second;
    slice.counts = ended;
    this.#second = next;
  }
}

function slices(count: number): Slice[] {
  return Array.from({ length: count }, () => ({ at: -1, counts: new Counts(keys.slice) }));
}
