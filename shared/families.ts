import { checkLabel, type Distribution, DistributionLines, type Labels, number, seriesKey } from './exposition.ts';
import type { Lines } from './lines.ts';

/** All series of one name. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'untyped' | 'histogram';
  /** Writes the sample lines; none as long as there is no series. */
  write(to: Lines): void;
}

/** What counters and gauges share: one number without labels, kept apart so that touching it costs no lookup, and the labelled ones. */
abstract class Numbers implements Family {
  readonly name: string;
  readonly help: string;
  abstract readonly type: 'counter' | 'gauge';
  protected plain = 0;
  protected readonly series = new Map<string, number>();
  /** Whether the number without labels is a series even beside labelled ones. */
  protected touched = false;
  readonly #declared: boolean;

  constructor(name: string, help: string, labels: readonly string[]) {
    this.name = name;
    this.help = help;
    for (const label of labels) checkLabel(label);
    this.#declared = labels.length > 0;
  }

  /** The present value; 0 for a series that was never touched. */
  value(labels?: Labels): number {
    const key = labels && seriesKey(labels);
    return key ? (this.series.get(key) ?? 0) : this.plain;
  }

  write(to: Lines): void {
    if (this.touched || (!this.#declared && this.series.size === 0)) to.write(`${this.name} ${number(this.plain)}\n`);
    for (const [key, value] of this.series) to.write(`${this.name}{${key}} ${number(value)}\n`);
  }
}

/** A number that only grows. */
export class Counter extends Numbers {
  readonly type = 'counter';

  /** @throws RangeError for an amount that is negative or not a number. */
  add(amount = 1, labels?: Labels): void {
    if (!(amount >= 0)) throw new RangeError(`the counter ${this.name} cannot grow by ${amount}`);
    const key = labels && seriesKey(labels);
    if (key) {
      this.series.set(key, (this.series.get(key) ?? 0) + amount);
    } else {
      this.plain += amount;
      this.touched = true;
    }
  }
}

/** A number that goes up and down. */
export class Gauge extends Numbers {
  readonly type = 'gauge';

  set(value: number, labels?: Labels): void {
    const key = labels && seriesKey(labels);
    if (key) {
      this.series.set(key, value);
    } else {
      this.plain = value;
      this.touched = true;
    }
  }

  /** Drops all series, for a gauge that is refilled at each collection. */
  clear(): void {
    this.series.clear();
    this.plain = 0;
    this.touched = false;
  }
}

interface Observations extends Distribution {
  readonly counts: number[];
  count: number;
  sum: number;
}

/** How often values fell under each of a few bounds. */
export class Histogram implements Family {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly #bounds: readonly number[];
  readonly #lines: DistributionLines;
  readonly #series = new Map<string, Observations>();

  constructor(name: string, help: string, bounds: readonly number[], labels: readonly string[]) {
    this.name = name;
    this.help = help;
    for (const label of labels) checkLabel(label);
    this.#bounds = [...bounds];
    this.#lines = new DistributionLines(name, bounds);
    if (labels.length === 0) this.#series.set('', this.#empty());
  }

  observe(value: number, labels?: Labels): void {
    const key = labels === undefined ? '' : seriesKey(labels);
    let seen = this.#series.get(key);
    if (seen === undefined) {
      seen = this.#empty();
      this.#series.set(key, seen);
    }
    seen.count += 1;
    seen.sum += value;
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) seen.counts[bucket] = (seen.counts[bucket] ?? 0) + 1;
  }

  write(to: Lines): void {
    for (const [key, seen] of this.#series)
      if (key !== '' || seen.count > 0 || this.#series.size === 1) this.#lines.write(to, key, seen);
  }

  #empty(): Observations {
    return { counts: this.#bounds.map(() => 0), count: 0, sum: 0 };
  }
}
