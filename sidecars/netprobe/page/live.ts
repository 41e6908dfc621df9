import type { Elements } from '#shared/page/elements.ts';
import type { look, Said } from '#shared/page/look.ts';
import type { Numbers } from '#shared/page/numbers.ts';
import type { Cell, rows } from '#shared/page/rows.ts';
import type { CheckStatus, InterfaceStatus, ListenerStatus, PeerStatus, PortsStatus, Status } from '../status.ts';
import type { connections } from './connections.ts';
import type { Figures } from './figures.ts';

/** What `/status` tells, that which every sidecar tells included. */
type Shown = Status & Said;

/**
 * The program of the page: asks `/status` each second, and shows it.
 * It is sent to browsers as its own text: whatever it uses has to be in it or given to it, and only types may come from outside.
 */
export function live(
  numbers: Numbers,
  figures: Figures,
  elements: Elements,
  table: typeof rows,
  overview: typeof connections,
  ask: typeof look,
): void {
  const { count, bytes, brief, long } = numbers;
  const { rate, flowOf, keyOf, peerRates, readAgain, share, percent } = figures;
  const { byId, make, write, each, lines, sparkline } = elements;

  /** How many looks the sparklines go back, and how many peers of a direction are shown. */
  const [longest, most] = [120, 25];
  type Look = Parameters<typeof readAgain>[0];
  /** The last two looks, and the first looks after the last two readings of all sockets; none from before the sidecar was away. */
  let looks: readonly Look[] = [];
  let readings: readonly Look[] = [];
  const flows = new Map<string, number[]>();

  const none: Cell = ['–', 'zero'];
  const number = (value: number, className = ''): Cell => [count(value), value === 0 ? 'zero' : className];
  /** A number that a person compares with a limit, to the last place while there is room. */
  const exactly = (value: number) => (value < 100_000 ? String(value) : count(value));
  const perSecond = (value: number | null): Cell => (value === null ? none : [`${bytes(value)}/s`, value === 0 ? 'zero' : '']);
  const flow = ({ down, up }: { down: number; up: number }) => `↓ ${bytes(down)}/s  ↑ ${bytes(up)}/s`;
  const levelOf = (part: number) => (part >= 0.8 ? 'bad' : part >= 0.5 ? 'warn' : 'fine');
  /** The rate of something that the last two looks tell. */
  const growth = (tell: (status: Status) => number | null | undefined): number => {
    const [before, now] = looks;
    return before && now ? (rate(tell(now.status) ?? null, tell(before.status), now.at - before.at) ?? 0) : 0;
  };

  const interfaceBlock = () => {
    const [name, note, now, spark] = [make('b', ''), make('small', ''), make('p', 'flow'), sparkline(longest)];
    const root = make('div', 'interface', make('div', '', name, note), make('div', '', now, spark.root));
    const fill = (one: InterfaceStatus) => {
      const past = flows.get(one.name) ?? [];
      write(name, one.name, one.up ? '' : 'zero');
      write(note, [...(one.up ? [] : ['down']), ...one.addresses].join('  '));
      const last = looks.at(-1);
      write(now, last ? flow(flowOf(one, last, looks.length > 1 ? looks[0] : undefined)) : '');
      spark.draw(past, `bytes per second in the last ${long(longest)}, up to ${bytes(Math.max(0, ...past))}/s`);
    };
    return { root, fill };
  };
  const fillInterfaces = each(
    byId('interfaces'),
    ({ name }: InterfaceStatus) => name,
    interfaceBlock,
    (block, one) => block.fill(one),
  );

  const fillListeners = table<ListenerStatus>(
    elements,
    byId('listeners'),
    ['Address', 'Queue', 'Limit', 'Dropped'],
    ({ address }) => address,
    ({ address, queue, limit, drops }) => {
      const full = share(queue, limit) ?? 0;
      const more = growth((status) => status.listeners.find((one) => one.address === address)?.drops);
      return {
        name: address,
        full: [[levelOf(full), full]],
        cells: [
          [exactly(queue), queue === 0 ? 'zero' : levelOf(full)],
          [exactly(limit)],
          drops === null ? none : number(drops, more > 0 ? 'bad' : ''),
        ],
      };
    },
  );

  const fillPorts = table<PortsStatus['destinations'][number]>(
    elements,
    byId('ports'),
    ['Towards', 'In use', 'Share'],
    ({ destination }) => destination,
    ({ destination, used, share: part }) => ({
      name: destination,
      full: [[levelOf(part), part]],
      cells: [[exactly(used)], [percent(part), levelOf(part)]],
    }),
  );

  const fillChecks = table<CheckStatus>(
    elements,
    byId('checks'),
    ['Check', 'Found', 'Took'],
    ({ check }) => check,
    ({ check, ok, seconds, detail, certificateExpires }) => ({
      name: check,
      className: `state ${ok === null ? 'pending' : ok ? 'up' : 'down'}`,
      cells: [
        [
          [ok === null ? 'not made yet' : detail, certificateExpires && `certificate until ${certificateExpires.slice(0, 10)}`]
            .filter(Boolean)
            .join(' · '),
        ],
        seconds === null ? none : [brief(seconds)],
      ],
    }),
  );

  const peerTable = (direction: PeerStatus['direction']) => {
    const fill = table<PeerStatus>(
      elements,
      byId(direction),
      ['Peer', 'Open', 'New/s', 'Received', 'Sent', 'Sent again', 'Round trip'],
      keyOf,
      (peer) => {
        const now = readings.at(-1);
        const rates = now && peerRates(peer, now, readings.length > 1 ? readings[0] : undefined);
        const again = rates ? share(rates.again, rates.up) : null;
        const others = peer.peer === 'other' && peer.port === 0;
        const host = peer.peer.includes(':') ? `[${peer.peer}]` : peer.peer;
        return {
          name: others ? 'all others' : direction === 'out' ? `${host}:${peer.port}` : peer.peer,
          className: others ? 'zero' : '',
          note: direction === 'in' && !others ? `to port ${peer.port}` : '',
          cells: [
            number(peer.connections),
            number(rates?.opened ?? 0),
            perSecond(rates ? rates.down : 0),
            perSecond(rates ? rates.up : 0),
            again === null ? none : [percent(again), again >= 0.05 ? 'bad' : again >= 0.01 ? 'warn' : again === 0 ? 'zero' : ''],
            peer.rttSeconds === null ? none : [brief(peer.rttSeconds)],
          ],
        };
      },
    );
    return (peers: readonly PeerStatus[]) => {
      const own = peers.filter((peer) => peer.direction === direction);
      fill(own.slice(0, most));
      write(byId(`${direction}-facts`), own.length > most ? `the ${most} busiest of ${count(own.length)}` : '');
      byId(`${direction}-empty`).hidden = own.length > 0;
    };
  };
  const fillStates = overview(numbers, figures, elements);
  const [fillIn, fillOut] = [peerTable('in'), peerTable('out')];

  const fillProblems = lines(byId('problems'), 'li', '');

  const show = (status: Shown): void => {
    const now: Look = { status, at: performance.now() / 1000 };
    looks = [...looks, now].slice(-2);
    const read = readings.at(-1);
    if (read === undefined || readAgain(now, read)) readings = [...readings, now].slice(-2);
    const { namespace, health, source, sockets, ports } = status;
    const before = looks.length > 1 ? looks[0] : undefined;
    const apart = namespace.interfaces.filter(({ name }) => name !== 'lo');
    for (const one of namespace.interfaces) {
      const { down, up } = flowOf(one, now, before);
      // the first look has no rate
      if (before) flows.set(one.name, [...(flows.get(one.name) ?? []), down + up].slice(-longest));
    }
    const sum = apart
      .map((one) => flowOf(one, now, before))
      .reduce((all, { down, up }) => ({ down: all.down + down, up: all.up + up }), { down: 0, up: 0 });
    write(byId('total'), flow(sum));
    write(
      byId('facts'),
      [
        `version ${status.version}`,
        `sockets by ${source.sockets} every ${long(sockets.intervalSeconds)}`,
        ...(sockets.read === null ? [] : [`in ${brief(sockets.readSeconds)}`]),
      ].join(' · '),
    );
    write(
      byId('orphaned'),
      namespace.orphaned
        ? 'The owner of this network is gone. What is measured here is an empty namespace that nobody uses: restart this container after its owner, or let both join the network of a third one.'
        : '',
    );
    fillProblems([
      ...Object.entries(health.parts).flatMap(([part, { state, reason }]) => (reason ? [`${part} ${state}: ${reason}`] : [])),
      ...(source.sockets === 'proc'
        ? [
            `Sockets are read from /proc (${source.reason ?? 'as it was asked for'}), which does not tell: ${source.missing.join(', ')}`,
          ]
        : []),
      ...(source.eventsLost > 0
        ? [`${count(source.eventsLost)} ends of connections were not heard of in time; their last known numbers count.`]
        : []),
    ]);
    // what leaves the machine first
    fillInterfaces([...apart, ...namespace.interfaces.filter(({ name }) => name === 'lo')]);
    for (const name of flows.keys()) if (!namespace.interfaces.some((one) => one.name === name)) flows.delete(name);
    fillStates(status, growth);
    fillListeners(status.listeners);
    fillPorts(ports.destinations.slice(0, 8));
    write(
      byId('ports-facts'),
      `${count(ports.last - ports.first + 1)} towards each destination, ${ports.first} to ${ports.last}`,
    );
    fillChecks(status.checks);
    for (const [id, there] of [
      ['listeners', status.listeners],
      ['ports', ports.destinations],
      ['checks', status.checks],
    ] as const)
      byId(`${id}-empty`).hidden = there.length > 0;
    fillIn(status.peers);
    fillOut(status.peers);
  };

  ask(elements, 'netprobe', show, () => {
    looks = [];
    readings = [];
    flows.clear();
  });
}
