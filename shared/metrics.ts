import {
  braced,
  checkBounds,
  checkLabel,
  type Distribution,
  distribution,
  escapeHelp,
  type Labels,
  number,
  seriesKey,
} from './exposition.ts';

export type { Distribution, Labels };

/** The media type of {@link Metrics.text}. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** The sample lines, each ended by a newline; empty as long as there is no series. */
  samples(): string;
}

/**
 * The metrics of one sidecar, and their exposition as Prometheus text.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/ version 0.0.4
 */
export class Metrics {
  readonly #prefix: string;
  #families = new Map<string, Family>();
  #fills: (() => void)[] = [];

  /** @param prefix goes before every name, joined by `_`: `sidekick_logs`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The same metrics seen under another prefix, for names that the ecosystem owns: `within('process')`. */
  within(prefix: string): Metrics {
    const view = new Metrics(prefix);
    view.#families = this.#families;
    view.#fills = this.#fills;
    return view;
  }

  /**
   * A number that only grows.
   * @param name must end in `_total`.
   * @param labels the label names, where it has any. Undeclared, it counts as one without labels and shows 0,
   *   until its first labelled series takes that place.
   * @throws Error for a name or label that is invalid, or taken. The same holds for {@link gauge} and {@link histogram}.
   */
  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    return this.#add(new Counter(this.#name(name, 'counter'), help, labels));
  }

  /** A number that goes up and down. For its labels see {@link counter}. */
  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    return this.#add(new Gauge(this.#name(name, 'gauge'), help, labels));
  }

  /**
   * How often values fell under each bound.
   * @param buckets upper bounds, inclusive, ascending, in the unit of the name; `+Inf` is added.
   */
  histogram(name: string, help: string, buckets: readonly number[], labels: readonly string[] = []): Histogram {
    return this.#add(new Histogram(this.#name(name, 'histogram'), help, buckets, labels));
  }

  /**
   * A counter or gauge whose numbers are kept elsewhere, such as in memory that another thread writes to.
   * @param read gives every series at each exposition, each label set once. Whoever keeps the numbers sees to it that those of a counter only grow.
   */
  computed(type: 'counter' | 'gauge', name: string, help: string, read: () => Iterable<readonly [number, Labels?]>): void {
    const full = this.#name(name, type);
    const samples = () => {
      let text = '';
      for (const [value, labels = {}] of read()) text += `${full}${braced(seriesKey(labels))} ${number(value)}\n`;
      return text;
    };
    this.#add({ name: full, help, type, samples });
  }

  /** A histogram whose numbers are kept elsewhere, see {@link computed}. @param buckets as those of {@link histogram}. */
  computedHistogram(
    name: string,
    help: string,
    buckets: readonly number[],
    read: () => Iterable<readonly [Distribution, Labels?]>,
  ): void {
    const full = this.#name(name, 'histogram');
    checkBounds(full, buckets);
    const samples = () => {
      let text = '';
      for (const [seen, labels = {}] of read()) text += distribution(full, seriesKey(labels), buckets, seen);
      return text;
    };
    this.#add({ name: full, help, type: 'histogram', samples });
  }

  /** Calls `fill` before each exposition, to set gauges that are computed. */
  onCollect(fill: () => void): void {
    this.#fills.push(fill);
  }

  /** The exposition, for `/metrics`. Families without a series are left out. */
  text(): string {
    for (const fill of this.#fills) fill();
    let text = '';
    for (const { name, help, type, samples } of this.#families.values()) {
      const lines = samples();
      if (lines) text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines}`;
    }
    return text;
  }

  #name(name: string, type: Family['type']): string {
    if (type === 'counter' && !name.endsWith('_total')) throw new Error(`the counter ${name} must be named …_total`);
    if (type === 'gauge' && /_(total|count|sum|bucket)$/.test(name))
      throw new Error(`the gauge ${name} ends in a suffix that belongs to other types`);
    const full = `${this.#prefix}_${name}`;
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(full)) throw new Error(`the metric name ${full} is not snake_case`);
    if (this.#families.has(full)) throw new Error(`the metric ${full} is declared twice`);
    return full;
  }

  #add<F extends Family>(family: F): F {
    this.#families.set(family.name, family);
    return family;
  }
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

  readonly samples = (): string => {
    const showPlain = this.touched || (!this.#declared && this.series.size === 0);
    let text = showPlain ? `${this.name} ${number(this.plain)}\n` : '';
    for (const [key, value] of this.series) text += `${this.name}{${key}} ${number(value)}\n`;
    return text;
  };
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
  readonly #series = new Map<string, Observations>();

  constructor(name: string, help: string, bounds: readonly number[], labels: readonly string[]) {
    this.name = name;
    this.help = help;
    for (const label of labels) checkLabel(label);
    checkBounds(name, bounds);
    this.#bounds = [...bounds];
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

  readonly samples = (): string => {
    let text = '';
    for (const [key, seen] of this.#series) {
      if (key === '' && seen.count === 0 && this.#series.size > 1) continue;
      text += distribution(this.name, key, this.#bounds, seen);
    }
    return text;
  };

  #empty(): Observations {
    return { counts: this.#bounds.map(() => 0), count: 0, sum: 0 };
  }
}
