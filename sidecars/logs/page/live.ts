import type { Element, Elements } from '#shared/page/elements.ts';
import type { look, Said } from '#shared/page/look.ts';
import type { Numbers } from '#shared/page/numbers.ts';
import type { Cell, rows } from '#shared/page/rows.ts';
import type { Ranked } from '../analysis/busiest.ts';
import type { Snapshot } from '../analysis/snapshot.ts';
import type { Top } from '../analysis/top.ts';
import type { WindowName } from '../analysis/windows.ts';

/** What `/top.json` tells. */
export type TopSaid = Top & Said;

/**
 * The program of the page: asks `/top.json` each second, and shows it.
 * It is sent to browsers as its own text: whatever it uses has to be in it or given to it, and only types may come from outside.
 */
export function live({ count, bytes, brief, long }: Numbers, elements: Elements, table: typeof rows, ask: typeof look): void {
  const { byId, make, write, each, lines, sparkline, bar } = elements;

  /** How many looks the sparkline goes back. */
  const longest = 120;
  /** Requests in each of the last seconds. */
  let past: number[] = [];
  let last: TopSaid | undefined;

  const choice = byId('window') as Element & {
    readonly value: string;
    addEventListener(type: 'change', listener: () => void): void;
  };

  const share = (part: number, whole: number): string => {
    const value = whole > 0 ? (part / whole) * 100 : 0;
    return `${value === 0 || value >= 9.95 ? value.toFixed(0) : value.toPrecision(value < 1 ? 1 : 2)} %`;
  };
  const number = (value: number, className = ''): Cell => [count(value), value === 0 ? 'zero' : className];
  const rate = (requests: number, { seconds }: Snapshot) => (seconds > 0 ? requests / seconds : 0);

  const [now, spark, methods] = [make('p', 'big flow'), sparkline(longest), make('p', 'facts')];
  byId('requests').append(now, spark.root, methods);

  const [classBar, legend, statuses] = [bar(), make('ul', 'legend'), make('p', 'facts')];
  byId('status').append(classBar.root, legend, statuses);
  const fillLegend = each(
    legend,
    ([name]: [string, number]) => name,
    ([name]) => {
      const value = make('b', '');
      return { root: make('li', `s-${name}`, value, ` ${name}`), value };
    },
    ({ value }, [, requests]) => write(value, count(requests)),
  );

  const facts = make('dl', '');
  byId('times').append(facts);
  const times = (['p50', 'p90', 'p99', 'mean', 'max'] as const).map((key) => {
    const [title, value] = [make('dt', ''), make('dd', '')];
    facts.append(title, value);
    const name = { p50: 'Half are done in', p90: '90 % in', p99: '99 % in', mean: 'Mean', max: 'Longest' }[key];
    return { key, name, title, value };
  });

  const ranking = (id: 'paths' | 'clients' | 'agents', title: string, most: number) => {
    let shown: Snapshot | undefined;
    const fill = table<Ranked>(
      elements,
      byId(id),
      [title, 'Requests', 'Per second', 'Share', 'Bytes', '5xx', 'Mean time'],
      ({ name }) => name,
      ({ name, requests, missed, bytes: size, failed, seconds }) => ({
        name,
        cells: [
          // one that took the place of another may have had more requests before
          [`${missed > 0 ? '≥ ' : ''}${count(requests)}`],
          number(shown ? rate(requests, shown) : 0),
          [share(requests, shown?.requests ?? 0)],
          [bytes(size), size === 0 ? 'zero' : ''],
          number(failed, 'bad'),
          seconds === null ? ['–', 'zero'] : [brief(seconds)],
        ],
      }),
    );
    return (snapshot: Snapshot) => {
      shown = snapshot;
      fill(snapshot[id].slice(0, most));
      byId(`${id}-empty`).hidden = snapshot[id].length > 0;
    };
  };
  const rankings = [ranking('paths', 'Path', 20), ranking('clients', 'Client', 10), ranking('agents', 'User agent', 6)];
  const fillProblems = lines(byId('problems'), 'li', '');

  const draw = (): void => {
    const snapshot = last?.windows[choice.value as WindowName];
    if (snapshot === undefined) return;
    const { requests, seconds, classes, times: taken, otherLines } = snapshot;
    write(byId('requests-facts'), `${count(requests)} in ${long(seconds)}`);
    write(now, `${count(snapshot.requestsPerSecond)}/s  ${bytes(snapshot.bytesPerSecond)}/s`);
    write(
      methods,
      [...Object.entries(snapshot.methods).map(([name, value]) => `${name} ${count(value)}`)].join(' · ') || 'no request',
    );
    const all = Object.entries(classes);
    classBar.draw(all.map(([name, value]) => [`s-${name}`, value / requests] as const));
    fillLegend(all);
    write(statuses, snapshot.statuses.map(({ status, requests }) => `${status}: ${count(requests)}`).join(' · '));
    write(byId('status-facts'), otherLines > 0 ? `other lines: ${count(otherLines)}` : '');
    write(byId('times-facts'), taken === null ? '' : `of ${count(taken.requests)}`);
    byId('times-empty').hidden = taken !== null;
    for (const { key, name, title, value } of times) {
      write(title, taken === null ? '' : name);
      write(value, taken === null ? '' : brief(taken[key]));
    }
    for (const fill of rankings) fill(snapshot);
  };

  const show = (said: TopSaid): void => {
    last = said;
    const { windows, health, version } = said;
    past = [...past, windows['1s']?.requests ?? 0].slice(-longest);
    spark.draw(past, `requests in each of the last ${past.length} seconds, up to ${count(Math.max(0, ...past))}`);
    const recent = windows['10s'];
    write(byId('total'), recent ? `${count(recent.requestsPerSecond)} req/s  ${bytes(recent.bytesPerSecond)}/s` : '');
    write(byId('facts'), `version ${version} · counting for ${long(windows.all?.seconds ?? 0)}`);
    fillProblems(
      Object.entries(health.parts).flatMap(([part, { state, reason }]) => (reason ? [`${part} ${state}: ${reason}`] : [])),
    );
    draw();
  };

  choice.addEventListener('change', draw);
  ask(
    elements,
    'logs',
    show,
    () => {
      past = [];
    },
    'top.json',
  );
}
