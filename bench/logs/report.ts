import { digits, table, times } from '../table.ts';
import { type FormName, formNames, forms } from './form.ts';
import { amount } from './goals.ts';
import type { Plan } from './plan.ts';
import type { Results } from './results.ts';

/** What was found, as a table for each kind of job that was measured. */
export function report(results: Results, plan: Plan): string {
  return [shipped(results), followed(results, plan), watched(results, plan), stranded(results)]
    .filter((text) => text !== '')
    .map((text) => `\n${text}`)
    .join('\n');
}

type Row = readonly string[];

/** × is how many times as long, and as much processor time, as the first of a form. */
function shipped(results: Results): string {
  const rows = formNames.flatMap((form) => {
    const who = results.who(form);
    return who.length === 0 ? [] : [[forms[form].title], ...who.map((name) => shipment(results, form, name))];
  });
  const head = [
    'as fast as it goes',
    'MB/s',
    'lines/s',
    'CPU s/GB',
    'peak RSS MiB',
    'private dirty MiB',
    'start ms',
    'sink busy',
    'time ×',
    'CPU ×',
  ];
  return rows.length === 0 ? '' : table(head, rows);
}

function shipment(results: Results, form: FormName, who: string): Row {
  const value = (measure: string, of = who) => results.median(form, of, measure) ?? Number.NaN;
  const [best = who] = results.who(form);
  return [
    `  ${who}`,
    digits(value('megabytesPerSecond'), 0),
    digits(value('linesPerSecond'), 0),
    digits(value('cpuPerGigabyte'), 1),
    digits(value('peakMebibytes'), 1),
    digits(value('dirtyMebibytes'), 1),
    digits(value('startMs'), 0),
    `${digits(value('sinkPercent'), 0)} %`,
    times(value('megabytesPerSecond', best), value('megabytesPerSecond')),
    times(value('cpuPerGigabyte'), value('cpuPerGigabyte', best)),
  ];
}

function followed(results: Results, { steady }: Plan): string {
  const rows = steady.rates.flatMap((rate) =>
    under(results, `steady-${rate}`, `${amount(rate)} lines a second`, [
      ['cpuPercent', 1],
      ['halfMs', 0],
      ['mostOfThemMs', 0],
      ['dirtyMebibytes', 1],
    ]),
  );
  const head = [`a file that grows, for ${steady.seconds} s`, 'CPU %', 'p50 ms', 'p99 ms', 'private dirty MiB, at rest after it'];
  return rows.length === 0 ? '' : table(head, rows);
}

function watched(results: Results, { idle }: Plan): string {
  const rows = idle.files.flatMap((files) =>
    under(results, `idle-${files}`, files === 1 ? 'one file' : `${amount(files)} files`, [
      ['cpuPercent', 1],
      ['dirtyMebibytes', 1],
      ['descriptors', 0],
    ]),
  );
  return rows.length === 0
    ? ''
    : table([`files that do not grow, for ${idle.seconds} s`, 'CPU %', 'private dirty MiB', 'descriptors'], rows);
}

function stranded(results: Results): string {
  const rows = under(results, 'down', 'a corpus read, and one that waits', [
    ['dirtyMebibytes', 1],
    ['grownMebibytes', 1],
    ['waitingMegabytes', 0],
  ]);
  return rows.length === 0 ? '' : table(['the sink goes away', 'private dirty MiB', 'more than before', 'waiting MB'], rows);
}

/** A title, and below it a row of each who was measured. */
function under(
  results: Results,
  job: string,
  title: string,
  measures: readonly (readonly [name: string, digits: number])[],
): Row[] {
  const who = results.who(job);
  if (who.length === 0) return [];
  return [
    [title],
    ...who.map((name) => [`  ${name}`, ...measures.map(([measure, count]) => digits(results.median(job, name, measure), count))]),
  ];
}
