/** Label names and values of one series: `{ sink: 'http', code: '503' }`. Any text is a valid value; it is escaped on the way out. */
export type Labels = Readonly<Record<string, string>>;

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
    if (!name.endsWith('_total')) throw new Error(`the counter ${name} must be named …_total`);
    return this.#add(new Counter(this.#name(name), help, labels));
  }

  /** A number that goes up and down. For its labels see {@link counter}. */
  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    if (/_(total|count|sum|bucket)$/.test(name))
      throw new Error(`the gauge ${name} ends in a suffix that belongs to other types`);
    return this.#add(new Gauge(this.#name(name), help, labels));
  }

  /**
   * How often values fell under each bound.
   * @param buckets upper bounds, inclusive, ascending, in the unit of the name; `+Inf` is added.
   */
  histogram(name: string, help: string, buckets: readonly number[], labels: readonly string[] = []): Histogram {
    return this.#add(new Histogram(this.#name(name), help, buckets, labels));
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

  #name(name: string): string {
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

interface Distribution {
  /** One count for each bound, not yet cumulative; values above all bounds are in none. */
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
  readonly #series = new Map<string, Distribution>();

  constructor(name: string, help: string, bounds: readonly number[], labels: readonly string[]) {
    this.name = name;
    this.help = help;
    for (const label of labels) checkLabel(label);
    const ascending = bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (bounds[i - 1] ?? bound)));
    if (bounds.length === 0 || !ascending) throw new Error(`the histogram ${name} needs finite bounds in ascending order`);
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
      const first = key === '' ? '' : `${key},`;
      const labels = key === '' ? '' : `{${key}}`;
      let below = 0;
      for (const [i, bound] of this.#bounds.entries()) {
        below += seen.counts[i] ?? 0;
        text += `${this.name}_bucket{${first}le="${number(bound)}"} ${below}\n`;
      }
      text += `${this.name}_bucket{${first}le="+Inf"} ${seen.count}\n`;
      text += `${this.name}_sum${labels} ${number(seen.sum)}\n${this.name}_count${labels} ${seen.count}\n`;
    }
    return text;
  };

  #empty(): Distribution {
    return { counts: this.#bounds.map(() => 0), count: 0, sum: 0 };
  }
}

/** One label set as it is printed, so that exposition is plain concatenation. Sorted, so that `{a, b}` and `{b, a}` are one series. */
function seriesKey(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length > 1) names.sort();
  let key = '';
  for (const name of names) {
    if (!safeLabels.has(name)) checkLabel(name);
    key += `${key && ','}${name}="${escapeValue(labels[name] ?? '')}"`;
  }
  return key;
}

/** Label names already found to be valid: a handful, each checked once. */
const safeLabels = new Set<string>();

function checkLabel(name: string): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name) || name === 'le' || name === 'quantile')
    throw new Error(`the label name ${JSON.stringify(name)} is not snake_case, or is reserved`);
  safeLabels.add(name);
}

function escapeValue(text: string): string {
  return /[\\"\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** A number as Go's ParseFloat reads it. */
function number(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
