import type { Metrics } from '#shared/metrics.ts';
import type { Change, RouteEvent } from '../route/changes.ts';
import { namesOf } from '../route/json.ts';
import type { Link } from '../route/links.ts';
import type { Neighbour } from '../route/neighbours.ts';
import { mainTable } from '../route/routes.ts';
import { LinkNames } from './link-names.ts';

/** What is read at each exposition. */
export interface Around {
  readonly links: readonly Link[];
  readonly neighbours: readonly Neighbour[];
  /** Whom the default route leads to: `10.0.0.1`, `fe80::1%eth0`; undefined where there is no such route. */
  readonly gateway: string | undefined;
}

/** How many devices have series of their own: where containers come and go, so do the names of their ends. The others are counted as `other`. */
const mostDevices = 100;

/**
 * Neighbours on the own links, whether the gateway answers, and how often links, addresses and routes changed.
 * @param read looks at what is there now, once for each exposition; undefined where it cannot be read
 * @returns what is told of changes
 */
export function observeLinks(metrics: Metrics, read: () => Around | undefined): (events: readonly RouteEvent[]) => void {
  const devices = new Set<string>();
  const device = (name: string): string => {
    if (!devices.has(name) && devices.size >= mostDevices) return 'other';
    devices.add(name);
    return name;
  };
  const names = new LinkNames();
  /** Links that are new and were not up yet, with how often they changed: they have no name for long. */
  const fresh = new Map<number, number>();
  let seen: Around | undefined;
  const look = () => {
    seen = read();
    for (const link of seen?.links ?? []) names.learn(link);
  };
  // what goes before the first exposition has a name, too
  look();
  metrics.onCollect(() => {
    look();
    for (const index of fresh.keys()) settle(index);
  });
  const nameOf = (link: number) => device(names.of(link));

  metrics.computed('gauge', 'neighbours', 'Hosts on the same link that were talked to, by the state of their entry.', () => {
    const counts = new Map<string, Map<string, number>>();
    for (const { link, state } of seen?.neighbours ?? []) {
      const name = nameOf(link);
      const ofDevice = counts.get(name) ?? new Map<string, number>();
      ofDevice.set(state, (ofDevice.get(state) ?? 0) + 1);
      counts.set(name, ofDevice);
    }
    return [...counts].flatMap(([name, states]) =>
      [...states].map(([state, count]) => [count, { device: name, state: state.toLowerCase() }] as const),
    );
  });
  metrics.computed(
    'gauge',
    'gateway_reachable',
    'Whether the host of the default route answers on its link: 0 where it does not, 1 where it did when it was last needed.',
    () => reachable(seen),
  );
  const failures = metrics.counter('neighbour_failures_total', 'How often a host on the same link did not answer.', ['device']);
  const links = metrics.counter('link_changes_total', 'How often a network interface was added, changed or removed.', [
    'change',
    'device',
  ]);
  const addresses = metrics.counter('address_changes_total', 'How often an address was set or removed.', ['change', 'device']);
  const routes = metrics.counter('route_changes_total', 'How often a route of the main table was set or removed.', ['change']);
  const lost = metrics.counter('link_events_lost_total', 'How often more changed at once than could be heard of.');

  const settle = (index: number) => {
    const changes = fresh.get(index);
    if (changes === undefined) return;
    fresh.delete(index);
    links.add(1, { change: 'added', device: nameOf(index) });
    if (changes > 0) links.add(changes, { change: 'changed', device: nameOf(index) });
  };
  const linkChanged = (change: Change, link: Link) => {
    const { index } = link;
    const changes = fresh.get(index);
    if (change === 'removed') {
      settle(index);
      links.add(1, { change, device: nameOf(index) });
      return;
    }
    names.learn(link);
    if (change === 'added') fresh.set(index, 0);
    else if (changes !== undefined) fresh.set(index, changes + 1);
    else links.add(1, { change, device: nameOf(index) });
    if (link.up) settle(index);
  };

  return (events) => {
    for (const event of events) {
      switch (event.kind) {
        case 'link':
          linkChanged(event.change, event.link);
          break;
        case 'address':
          addresses.add(1, { change: event.change, device: nameOf(event.address.link) });
          break;
        case 'route':
          if (event.route.table === mainTable) routes.add(1, { change: event.change });
          break;
        case 'neighbour':
          if (failed(event, events)) failures.add(1, { device: nameOf(event.neighbour.link) });
          break;
        case 'lost':
          lost.add();
      }
    }
    for (const event of events) if (event.kind === 'link' && event.change === 'removed') names.forget(event.link.index);
  };
}

/** Whether a neighbour did not answer. One that somebody deletes is said to have failed, too, and to be removed right after that. */
function failed({ change, neighbour }: RouteEvent & { kind: 'neighbour' }, events: readonly RouteEvent[]): boolean {
  const { state, address, link } = neighbour;
  if (change !== 'added' || state !== 'FAILED') return false;
  return !events.some(
    (event) =>
      event.kind === 'neighbour' &&
      event.change === 'removed' &&
      event.neighbour.address === address &&
      event.neighbour.link === link,
  );
}

/** Nothing where there is no default route, or its host was not needed yet. */
function reachable(seen: Around | undefined): (readonly [number, { readonly gateway: string }])[] {
  if (seen?.gateway === undefined) return [];
  const { gateway, links, neighbours } = seen;
  const [address, device] = gateway.split('%');
  const nameOf = namesOf(links);
  const entry = neighbours.find((each) => each.address === address && (device === undefined || nameOf(each.link) === device));
  return entry === undefined ? [] : [[Number(entry.state !== 'FAILED' && entry.state !== 'INCOMPLETE'), { gateway }]];
}
