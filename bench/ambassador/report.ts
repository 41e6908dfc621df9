import { digits, median, table } from '../table.ts';
import type { Measure } from './jobs/job.ts';

/** All values of one peer, by the key of the measure. */
export type Samples = Readonly<Record<string, readonly number[]>>;

/**
 * What was found, as text: a table of the medians, and one for each reference with multiples of its own.
 * @param found the samples of each peer, by its name, in the order of the columns.
 */
export function report(measures: readonly Measure[], found: ReadonlyMap<string, Samples>, references: readonly string[]): string {
  const middles = new Map([...found].map(([name, samples]) => [name, medians(samples)]));
  const value = (name: string, { key }: Measure) => middles.get(name)?.[key];
  const tableOf = (shown: readonly Measure[], cell: (name: string, measure: Measure) => string) =>
    table(
      ['', ...found.keys()],
      shown.map((measure) => [measure.title, ...[...found.keys()].map((name) => cell(name, measure))]),
    );
  const compared = measures.filter(({ aside }) => aside === undefined);
  return [
    tableOf(measures, (name, measure) => digits(value(name, measure), measure.digits)),
    ...references
      .filter((reference) => found.has(reference))
      .flatMap((reference) => [
        `\nas multiples of ${reference}\n`,
        tableOf(compared, (name, measure) => digits(ratio(value(name, measure), value(reference, measure)), 2)),
      ]),
  ].join('\n');
}

/** The median of each measure, without those that were not measured and are NaN. */
export function medians(samples: Samples): Record<string, number> {
  const known = Object.entries(samples).map(([key, list]) => [key, list.filter((value) => !Number.isNaN(value))] as const);
  return Object.fromEntries(known.filter(([, list]) => list.length > 0).map(([key, list]) => [key, median(list)]));
}

function ratio(value: number | undefined, reference: number | undefined): number | undefined {
  return value === undefined || reference === undefined ? undefined : value / reference;
}
