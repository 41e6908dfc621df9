// The Prometheus text format: https://prometheus.io/docs/instrumenting/exposition_formats/ version 0.0.4

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

/** The lines of one series of a histogram. */
export function distribution(name: string, key: string, bounds: readonly number[], { counts, count, sum }: Distribution): string {
  const first = key === '' ? '' : `${key},`;
  let text = '';
  let below = 0;
  for (const [i, bound] of bounds.entries()) {
    below += counts[i] ?? 0;
    text += `${name}_bucket{${first}le="${number(bound)}"} ${below}\n`;
  }
  text += `${name}_bucket{${first}le="+Inf"} ${count}\n`;
  return `${text}${name}_sum${braced(key)} ${number(sum)}\n${name}_count${braced(key)} ${count}\n`;
}

/** @throws Error where the bounds of a histogram are not finite and ascending. */
export function checkBounds(name: string, bounds: readonly number[]): void {
  const ascending = bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (bounds[i - 1] ?? bound)));
  if (bounds.length === 0 || !ascending) throw new Error(`the histogram ${name} needs finite bounds in ascending order`);
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
