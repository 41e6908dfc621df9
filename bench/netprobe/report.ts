import { digits, table, times } from '../table.ts';
import { exporters } from './exporters.ts';
import { amount } from './goals.ts';
import type { Plan } from './plan.ts';
import type { Results } from './results.ts';
import { ways } from './scan/ways.ts';

/** What was found, as a table for each part that was measured. */
export function report(results: Results, plan: Plan): string {
  const tables = [scans, scrapes, texts, selves, ends].map((make) => make(results, plan));
  return tables
    .filter((text) => text !== '')
    .map((text) => `\n${text}`)
    .join('\n');
}

type Row = readonly string[];

function scans(results: Results, { sizes }: Plan): string {
  const rows = sizes.flatMap((sockets) => {
    const value = (who: string, measure: string) => results.median({ part: 'scan', sockets, who, measure });
    const lines = ways.flatMap(({ name, title }): Row[] => {
      const wall = value(name, 'wallMs');
      const cpu = value(name, 'cpuMs');
      if (wall === undefined || cpu === undefined) return [];
      const beside = (measure: string, found: number) => {
        const ours = value('netlink', measure);
        return ours === undefined ? '-' : times(found, ours);
      };
      return [[`  ${title}`, digits(wall, 1), beside('wallMs', wall), digits(cpu, 1), beside('cpuMs', cpu)]];
    });
    return under(`a scan of ${amount(sockets)} sockets`, lines);
  });
  return titled(['', 'ms', 'time ×', 'CPU ms', 'CPU ×'], rows);
}

function scrapes(results: Results, { sizes }: Plan): string {
  const rows = [0, ...sizes].flatMap((sockets) => {
    const value = (who: string, measure: string) => results.median({ part: 'scrape', sockets, who, measure });
    const reference = value('tcpstat', 'cpuMs');
    const row = (title: string, wall: number | undefined, cpu: number | undefined): Row[] =>
      cpu === undefined
        ? []
        : [[`  ${title}`, digits(wall, 1), digits(cpu, 1), digits(reference === undefined ? undefined : cpu / reference, 2)]];
    const [alone, one] = [value('sidekick', 'cpuMs'), value('sidekick+reading', 'cpuMs')];
    const others = exporters.filter(({ name }) => name !== 'sidekick');
    const lines = [
      ...row('sidekick/netprobe, with one reading of all sockets for each', value('sidekick+reading', 'wallMs'), one),
      ...row('  the scrape alone', value('sidekick', 'wallMs'), alone),
      ...others.flatMap(({ name, title }) => row(title, value(name, 'wallMs'), value(name, 'cpuMs'))),
    ];
    return under(sockets === 0 ? 'a scrape, with hardly any sockets' : `a scrape, with ${amount(sockets)} sockets`, lines);
  });
  return titled(['', 'ms', 'CPU ms', 'of tcpstat'], rows);
}

function texts(results: Results): string {
  const value = (measure: string) => results.median({ part: 'text', sockets: 0, who: 'sidekick', measure });
  const series = value('series');
  if (series === undefined) return '';
  const cells = [amount(series), digits(value('kilobytes'), 0), digits(value('bytesMs'), 2)];
  return table(['metrics of peers', 'series', 'KB', 'ms'], [['  sidekick/netprobe', ...cells]]);
}

function selves(results: Results, { most }: Plan): string {
  const value = (who: string, measure: string, sockets = 0) => results.median({ part: 'self', sockets, who, measure });
  const row = (title: string, count: number, size: number, ...found: readonly (number | undefined)[]): Row[] =>
    found.every((one) => one === undefined)
      ? []
      : [[`  ${title}`, ...found.map((one) => digits(one === undefined ? undefined : one / size, count))]];
  const each = (title: string, count: number, size: number, measure: string) =>
    row(title, count, size, ...['sidekick', 'tcpstat', 'bare'].map((who) => value(who, measure)));
  const live = (title: string, sockets: number) =>
    (['halfMs', 'mostOfThemMs', 'mostMs'] as const).flatMap((measure, index) =>
      row(`/livez ${title}: ${['p50', 'p99', 'max'][index]}, ms`, 1, 1, value('live', measure, sockets)),
    );
  const crowd = `${amount(most)} sockets`;
  const rows = [
    ...each('ready after its start, ms', 0, 1, 'readyMs'),
    ...each('private dirty, idle, MB', 1, 1e6, 'idleBytes'),
    ...each('private dirty, after some scrapes, MB', 1, 1e6, 'scrapedBytes'),
    ...each('resident, the same, MB', 1, 1e6, 'residentBytes'),
    ...row(
      `private dirty, ${crowd} read 10 times a second, MB`,
      1,
      1e6,
      value('live', 'privateBytes', most),
      value('tcpstat', 'scrapedBytes', most),
    ),
    ...row(`resident, the same, MB`, 1, 1e6, value('live', 'residentBytes', most), value('tcpstat', 'residentBytes', most)),
    ...live('with hardly any sockets', 0),
    ...live(`while ${crowd} are read`, most),
    ...row('layer of the image, gzipped, KB', 1, 1000, value('sidekick', 'layerBytes')),
  ];
  return titled(['what it costs by itself', 'sidekick/netprobe', 'node_exporter', 'Node alone'], rows);
}

function ends(results: Results): string {
  const value = (measure: string) => results.median({ part: 'ends', sockets: 0, who: 'sidekick', measure });
  if (value('ends') === undefined) return '';
  const [all = Number.NaN, lost = Number.NaN] = [value('ends'), value('lost')];
  const head = ['ends of connections', 'connections/s', 'ends', 'lost', 'lost, %', 'overruns', 'CPU-µs each', 'busy, %'];
  const cells = [
    digits(value('perSecond'), 0),
    amount(all),
    amount(lost),
    digits((lost / all) * 100, 3),
    digits(value('overruns'), 0),
    digits(value('cpuUsEach'), 1),
    digits((value('busyShare') ?? Number.NaN) * 100, 0),
  ];
  return table(head, [['  sidekick/netprobe', ...cells]]);
}

function under(title: string, lines: readonly Row[]): Row[] {
  return lines.length === 0 ? [] : [[title], ...lines];
}

function titled(head: readonly string[], rows: readonly Row[]): string {
  return rows.length === 0 ? '' : table(head, rows);
}
