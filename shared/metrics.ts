import {
  braced,
  type Distribution,
  DistributionLines,
  escapeHelp,
  keyOf,
  type Labels,
  number,
  type Series,
} from './exposition.ts';
import { Counter, type Family, Gauge, Histogram } from './families.ts';
import { Lines } from './lines.ts';

export type { Distribution, Labels };

/** The media type of {@link Metrics.bytes}. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The metrics of one sidecar, and their exposition as Prometheus text.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/ version 0.0.4
 */
export class Metrics {
  readonly #prefix: string;
  #families = new Map<string, Family>();
  #fills: (() => void)[] = [];
  #capitals = false;
  #room = new Room();
  /** Of an exposition that was given back. */
  #memory: ArrayBufferLike | undefined;
  /** How much memory the last exposition took, in bytes. */
  #size = 0;

  /** @param prefix goes before every name, joined by `_`: `sidekick_logs`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /**
   * The same metrics seen under another prefix, for names that the ecosystem owns: `within('process')`.
   * @param options.capitals whether names may have capitals, as some of the ecosystem do: `node_sockstat_TCP_alloc`. Those with a
   *   capital behind a small letter get a warning from `promtool check metrics`.
   */
  within(prefix: string, { capitals = false } = {}): Metrics {
    const view = new Metrics(prefix);
    view.#capitals = capitals;
    view.#families = this.#families;
    view.#fills = this.#fills;
    view.#room = this.#room;
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
   * @param type `untyped` is for numbers that the ecosystem shows so, as it does not know of each whether it only grows.
   * @param read gives every series at each exposition, each label set once. Whoever keeps the numbers sees to it that those of a counter only grow.
   */
  computed(
    type: 'counter' | 'gauge' | 'untyped',
    name: string,
    help: string,
    read: () => Iterable<readonly [number, (Labels | Series)?]>,
  ): void {
    const full = this.#name(name, type);
    const write = (to: Lines) => {
      for (const [value, labels] of read())
        if (this.#room.take(1)) to.write(`${full}${braced(keyOf(labels))} ${number(value)}\n`);
    };
    this.#add({ name: full, help, type, write });
  }

  /** A histogram whose numbers are kept elsewhere, see {@link computed}. @param buckets as those of {@link histogram}. */
  computedHistogram(
    name: string,
    help: string,
    buckets: readonly number[],
    read: () => Iterable<readonly [Distribution, (Labels | Series)?]>,
  ): void {
    const full = this.#name(name, 'histogram');
    const lines = new DistributionLines(full, buckets);
    const write = (to: Lines) => {
      for (const [seen, labels] of read()) if (this.#room.take(buckets.length + 3)) lines.write(to, keyOf(labels), seen);
    };
    this.#add({ name: full, help, type: 'histogram', write });
  }

  /** Calls `fill` before each exposition, to set gauges that are computed. */
  onCollect(fill: () => void): void {
    this.#fills.push(fill);
  }

  /**
   * From now on computed metrics have at most so many series together: those that are declared first go first, and what would be more is left out.
   * The memory of whoever reads them is not without end.
   * @param name of a gauge that stands last, and tells how many were left out
   */
  limit(series: number, name: string, help: string): void {
    this.#room.most = series;
    const full = this.#name(name, 'gauge');
    const write = (to: Lines) => to.write(`${full} ${this.#room.leftOut}\n`);
    this.#families.set(full, { name: full, help, type: 'gauge', write });
    this.#room.name = full;
  }

  /** All that are declared, whether they have a series now or not: for their reference. */
  get declared(): readonly Pick<Family, 'name' | 'help' | 'type'>[] {
    return [...this.#families.values()];
  }

  /**
   * The exposition, for `/metrics`. Families without a series are left out.
   * @returns bytes that nothing changes, however slowly they are read, unless they are given back: see {@link giveBack}
   * @throws whatever a family that is computed throws
   */
  bytes(): Uint8Array {
    for (const fill of this.#fills) fill();
    this.#room.begin();
    const lines = new Lines(this.#memory ?? new ArrayBuffer(this.#size));
    this.#memory = undefined;
    // the one that tells of the others can tell when they were asked
    const last = this.#families.get(this.#room.name);
    const families = [...this.#families.values()].filter((family) => family !== last);
    for (const family of last === undefined ? families : [...families, last]) {
      const { name, help, type } = family;
      lines.head(`# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`);
      family.write(lines);
    }
    const bytes = lines.take();
    this.#size = bytes.buffer.byteLength;
    return bytes;
  }

  /**
   * Gives back an exposition that nobody reads any more, so that the next one is written to the same memory. It need not be: but V8 lets go of
   * such memory only when there are dozens of MB of it.
   * @param bytes as {@link bytes} returned them, once
   */
  giveBack(bytes: Uint8Array): void {
    this.#memory = bytes.buffer;
  }

  /** The exposition as a string. */
  text(): string {
    const bytes = this.bytes();
    const text = new TextDecoder().decode(bytes);
    this.giveBack(bytes);
    return text;
  }

  #name(name: string, type: Family['type']): string {
    if (type === 'counter' && !name.endsWith('_total')) throw new Error(`the counter ${name} must be named …_total`);
    if ((type === 'gauge' || type === 'untyped') && /_(total|count|sum|bucket)$/.test(name))
      throw new Error(`the ${type} ${name} ends in a suffix that belongs to other types`);
    const full = `${this.#prefix}_${name}`;
    const snake = this.#capitals ? /^[a-z][a-z0-9]*(_[A-Za-z0-9]+)*$/ : /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
    if (!snake.test(full)) throw new Error(`the metric name ${full} is not snake_case`);
    if (this.#families.has(full)) throw new Error(`the metric ${full} is declared twice`);
    return full;
  }

  #add<F extends Family>(family: F): F {
    this.#families.set(family.name, family);
    return family;
  }
}

/** How many more series an exposition takes. */
class Room {
  most = Infinity;
  leftOut = 0;
  /** Of the gauge that tells it. */
  name = '';
  #left = Infinity;

  begin(): void {
    this.#left = this.most;
    this.leftOut = 0;
  }

  /** Whether so many series may go in; those of a histogram all or none. */
  take(series: number): boolean {
    if (series > this.#left) {
      this.leftOut += series;
      return false;
    }
    this.#left -= series;
    return true;
  }
}
