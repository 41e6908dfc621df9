// The Prometheus text format: https://prometheus.io/docs/instrumenting/exposition_formats/ version 0.0.4
import type { Lines } from './lines.ts';

/** Label names and values of one series: `{ sink: 'http', code: '503' }`. Any text is a valid value; it is escaped on the way out. */
export type Labels = Readonly<Record<string, string>>;

/** How often values fell under each bound of a histogram. */
export interface Distribution {
  /** One count for each bound, not yet cumulative; values above all bounds are in none. */
  readonly counts: readonly number[];
  /** How many values there were. */
  readonly count: number;
  readonly sum: number;
}

/** What writes the series of one histogram. */
export class DistributionLines {
  readonly #name: string;
  /** What stands between the labels of a series and its counts, for each bound: `le="0.1"} `. */
  readonly #bounds: readonly string[];

  /** @throws Error where the bounds are not finite and ascending */
  constructor(name: string, bounds: readonly number[]) {
    const ascending = bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (bounds[i - 1] ?? bound)));
    if (bounds.length === 0 || !ascending) throw new Error(`the histogram ${name} needs finite bounds in ascending order`);
    this.#name = name;
    this.#bounds = bounds.map((bound) => `le="${number(bound)}"} `);
  }

  /** @param key the labels of the series, as {@link seriesKey} makes them */
  write(to: Lines, key: string, { counts, count, sum }: Distribution): void {
    const bucket = `${this.#name}_bucket{${key === '' ? '' : `${key},`}`;
    let below = 0;
    for (let i = 0; i < this.#bounds.length; i += 1) {
      below += counts[i] ?? 0;
      to.write(`${bucket}${this.#bounds[i]}${below}\n`);
    }
    to.write(`${bucket}le="+Inf"} ${count}\n`);
    to.write(`${this.#name}_sum${braced(key)} ${number(sum)}\n${this.#name}_count${braced(key)} ${count}\n`);
  }
}

/** One label set as it is printed, so that exposition is plain concatenation. Sorted, so that `{a, b}` and `{b, a}` are one series. */
export function seriesKey(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length > 1) names.sort();
  let key = '';
  for (const name of names) {
    if (!safeLabels.has(name)) checkLabel(name);
    key += `${key && ','}${name}="${escapeValue(labels[name] ?? '')}"`;
  }
  return key;
}

/** A label set that is printed at every exposition, put into words once. */
export class Series {
  /** As {@link seriesKey} makes it. */
  readonly key: string;

  constructor(labels: Labels) {
    this.key = seriesKey(labels);
  }
}

/** The same of labels in either form. */
export function keyOf(labels: Labels | Series | undefined): string {
  if (labels === undefined) return '';
  return labels instanceof Series ? labels.key : seriesKey(labels);
}

/** A label set behind the name of its series; nothing where it has no labels. */
export function braced(key: string): string {
  return key === '' ? '' : `{${key}}`;
}

/** Label names already found to be valid: a handful, each checked once. */
const safeLabels = new Set<string>();

/** @throws Error for a label name that is invalid or reserved. */
export function checkLabel(name: string): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name) || name === 'le' || name === 'quantile')
    throw new Error(`the label name ${JSON.stringify(name)} is not snake_case, or is reserved`);
  safeLabels.add(name);
}

function escapeValue(text: string): string {
  return /[\\"\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text;
}

/** A help text on one line. */
export function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** A number as Go's ParseFloat reads it. */
export function number(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
