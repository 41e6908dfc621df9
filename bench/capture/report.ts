import { digits, table, times } from '../table.ts';
import { captors } from './captors.ts';
import { liveSize } from './live.ts';
import { type PartName, type Plan, targets } from './plan.ts';
import type { Results } from './results.ts';
import { settingOf } from './settings.ts';

/** What was found, as a table for each kind of work that was measured. */
export function report(results: Results, plan: Plan): string {
  return [writes(results, plan), lives(results), readings(results)]
    .filter((text) => text !== '')
    .map((text) => `\n${text}`)
    .join('\n');
}

type Row = readonly string[];

const places = { file: 'to a file', null: 'to /dev/null' } as const;

function writes(results: Results, { sizes }: Plan): string {
  const rows = sizes.flatMap((size) =>
    targets.flatMap((target) => {
      const setting = settingOf(size, target);
      const lines = rowsOf(results, 'write', setting, (value, of) => [
        digits(value('perSecond'), 0),
        digits(value('cpuUs'), 2),
        of('cpuUs'),
        digits(value('mostPerSecond'), 0),
        digits(value('dropped'), 0),
        percent(value('droppedShare')),
        digits(value('lost'), 0),
        digits((value('peakBytes') ?? Number.NaN) / 1e6, 0),
      ]);
      return under(`${size} B ${places[target]}`, lines);
    }),
  );
  const head = [
    'a flood is written',
    'packets/s',
    'CPU-µs each',
    'CPU ×',
    'at most/s',
    'dropped',
    '%',
    'lost at the end',
    'RSS MB',
  ];
  return titled(head, rows);
}

function lives(results: Results): string {
  const lines = rowsOf(results, 'live', '', (value, of) => [
    digits(value('linesPerSecond'), 0),
    digits(value('cpuUs'), 2),
    of('cpuUs'),
    percent(value('droppedShare')),
  ]);
  return titled([`a flood of ${liveSize} B is shown`, 'lines/s', 'CPU-µs each', 'CPU ×', 'dropped, %'], lines);
}

const works = { text: 'as lines', filter: 'through a filter, to another file', flows: 'as conversations' } as const;

function readings(results: Results): string {
  const rows = (['text', 'filter', 'flows'] as const).flatMap((part) => {
    const lines = rowsOf(results, part, '', (value, of) => [
      digits(value('perSecond'), 0),
      digits(value('cpuUs'), 2),
      of('cpuUs'),
      digits((value('peakBytes') ?? Number.NaN) / 1e6, 0),
    ]);
    return under(works[part], lines);
  });
  return titled(['a file is read', 'packets/s', 'CPU-µs each', 'CPU ×', 'RSS MB'], rows);
}

/** A row for each who was measured; `of` tells how many times as much as tcpdump's something is. */
function rowsOf(
  results: Results,
  part: PartName,
  setting: string,
  cells: (value: (measure: string) => number | undefined, of: (measure: string) => string) => Row,
): Row[] {
  return captors.flatMap(({ name, title }) => {
    const value = (measure: string, who: string = name) => results.median({ part, setting, who, measure });
    const of = (measure: string) => {
      const [found, theirs] = [value(measure), value(measure, 'tcpdump')];
      return found === undefined || theirs === undefined ? '-' : times(found, theirs);
    };
    return value('cpuUs') === undefined ? [] : [[`  ${title}`, ...cells(value, of)]];
  });
}

function percent(share: number | undefined): string {
  return digits(share === undefined ? undefined : share * 100, 2);
}

function under(title: string, lines: readonly Row[]): Row[] {
  return lines.length === 0 ? [] : [[title], ...lines];
}

function titled(head: readonly string[], rows: readonly Row[]): string {
  return rows.length === 0 ? '' : table(head, rows);
}
