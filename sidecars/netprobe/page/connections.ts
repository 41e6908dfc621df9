import type { Elements } from '#shared/page/elements.ts';
import type { Numbers } from '#shared/page/numbers.ts';
import type { Status } from '../status.ts';
import type { Figures } from './figures.ts';

/** How much something that a status tells grows in a second. */
type Growth = (tell: (status: Status) => number) => number;

/**
 * The card of all TCP connections: their states, and what the namespace counts of them.
 * It is sent to browsers as its own text: whatever it uses has to be given to it, and only types may come from outside.
 */
export function connections(
  { count }: Numbers,
  { share, percent, states }: Figures,
  { byId, make, write, each, bar }: Elements,
): (status: Status, growth: Growth) => void {
  const [stateBar, legend, facts] = [bar(), make('ul', 'legend'), make('dl', '')];
  byId('states').append(stateBar.root, legend, facts);
  const classOf = (state: string) => `s-${state.toLowerCase()}`;
  const fillLegend = each(
    legend,
    ([name]: [string, number]) => name,
    ([name]) => {
      const value = make('b', '');
      return { root: make('li', classOf(name), value, ` ${name}`), value };
    },
    ({ value }, [, number]) => write(value, count(number)),
  );
  const fact = (title: string) => {
    const value = make('dd', '');
    facts.append(make('dt', '', title), value);
    return (text: string, className: string) => write(value, text, className);
  };
  const [retransmitted, overflowed, dropped] = [
    fact('Segments sent again'),
    fact('Accept queue overflows'),
    fact('Dropped by listeners'),
  ];

  return ({ sockets, counters }, growth) => {
    const all = states(sockets.states);
    const total = all.reduce((sum, [, number]) => sum + number, 0);
    stateBar.draw(all.map(([name, number]) => [classOf(name), number / total] as const));
    fillLegend(all);
    write(byId('states-facts'), sockets.read === null ? 'not read yet' : `${count(total)} at the last reading`);
    const [again, sent] = [growth(({ counters }) => counters.tcpRetransmits), growth(({ counters }) => counters.tcpSegmentsOut)];
    const part = share(again, sent) ?? 0;
    retransmitted(percent(part), part >= 0.05 ? 'bad' : part >= 0.01 ? 'warn' : part === 0 ? 'zero' : '');
    for (const [tell, name] of [
      [overflowed, 'listenOverflows'],
      [dropped, 'listenDrops'],
    ] as const) {
      const now = growth(({ counters }) => counters[name]);
      tell(
        now > 0 ? `${count(now)}/s, ${count(counters[name])} in all` : count(counters[name]),
        now > 0 ? 'bad' : counters[name] ? '' : 'zero',
      );
    }
  };
}
