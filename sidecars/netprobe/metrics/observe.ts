import type { Metrics } from '#shared/metrics.ts';
import type { Checks } from '../checks/runner.ts';
import type { NetprobeSettings } from '../config.ts';
import type { Owner } from '../owner.ts';
import type { ProcNet } from '../proc/proc-net.ts';
import type { RouteEvent } from '../route/changes.ts';
import type { Surroundings } from '../route/surroundings.ts';
import type { Ledger } from '../sample/ledger.ts';
import { type Listening, nobody } from '../sample/listeners.ts';
import type { Peers } from '../sample/peers.ts';
import type { EphemeralPorts } from '../sample/ports.ts';
import type { Opened } from '../sockets/open.ts';
import { tcpStates } from '../sockets/record.ts';
import { observeChecks } from './checks.ts';
import { Collectors } from './collectors.ts';
import { observeLinks } from './links.ts';
import { observeListeners } from './listeners.ts';
import { nodeMetrics, nodeStates } from './node.ts';
import { observePeers } from './peers.ts';
import { observePorts } from './ports.ts';

/** All that there is to see of a running probe. */
export interface Sight {
  readonly settings: NetprobeSettings;
  readonly opened: Opened;
  readonly proc: ProcNet;
  readonly peers: Peers;
  readonly ports: EphemeralPorts;
  readonly ledger: Ledger;
  readonly surroundings: Surroundings | undefined;
  readonly owner: Pick<Owner, 'orphaned'>;
  readonly checks: Checks;
  /** Looks who listens now. @throws Error where it cannot be read */
  readonly listeners: () => Listening;
}

/** What the metrics know that others want too. */
export interface Observed {
  readonly collectors: Collectors;
  /** Who listens now; nobody where it cannot be read, which is noted. */
  readonly listeners: () => Listening;
  /** Something changed in the namespace. */
  readonly changed: (events: readonly RouteEvent[]) => void;
}

/** How many sockets there are in each state, in the words of ss(8). */
export function statesOf({ states }: Ledger, listeners: number): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [state, word] of tcpStates.entries()) {
    if (word === '') continue;
    const count = word === 'LISTEN' ? listeners : (states[state] ?? 0);
    found.set(word, (found.get(word) ?? 0) + count);
  }
  return found;
}

/** Adds all metrics, those of peers last: where there are more series than there may be, it is these that are left out. */
export function observe(metrics: Metrics, sight: Sight): Observed {
  const { settings, opened, proc, peers, ports, ledger, surroundings, owner, checks } = sight;
  const { source } = opened;
  metrics.limit(
    settings.maxSeries,
    'series_dropped',
    'Series that the last exposition left out, as there may be NETPROBE_MAX_SERIES.',
  );
  const collectors = new Collectors(metrics);
  let listening = nobody;
  const listeners = () => {
    listening = collectors.measure('listeners', sight.listeners) ?? nobody;
    return listening;
  };
  const tellsAll = () => source.name === 'netlink';
  metrics.computed('gauge', 'source_info', 'How sockets are read.', () => [[1, { source: source.name }]]);
  metrics.computed(
    'counter',
    'events_lost_total',
    'Connections whose end was not heard of: what was last seen of them counts.',
    () => [[ledger.lost]],
  );
  metrics.computed('counter', 'events_overruns_total', 'How often the kernel had no room to tell of ends of connections.', () => [
    [ledger.overruns],
  ]);
  metrics.computed('gauge', 'netns_orphaned', 'Whether the owner of the network namespace is gone: 1 or 0.', () => [
    [Number(owner.orphaned)],
  ]);
  metrics.computed('gauge', 'tcp_time_wait', 'TCP sockets in TIME_WAIT at the last reading.', () => [[ledger.states[6] ?? 0]]);
  observeListeners(metrics, () => listeners().listeners, tellsAll);
  observePorts(metrics, ports);
  observeChecks(metrics, checks);
  const changed = observeLinks(metrics, () => surroundings && collectors.measure('links', () => surroundings.around()));
  if (settings.nodePrefix !== 'off')
    nodeMetrics(metrics, settings.nodePrefix, proc, {
      states: () => nodeStatesOf(ledger, listening),
      note: (seconds, error) => collectors.note('proc', seconds, error),
    });
  observePeers(metrics, peers, tellsAll);
  return { collectors, listeners, changed };
}

/** The states as node_exporter's tcpstat has them, with the bytes that wait in all sockets; of listeners that is what waits, and how many may. */
function nodeStatesOf({ states, queued }: Ledger, { all }: Listening): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [state, word] of nodeStates.entries())
    if (word !== '') found.set(word, (found.get(word) ?? 0) + (states[state] ?? 0));
  found.set('listen', all.sockets);
  found.set('rx_queued_bytes', queued.received + all.queue);
  found.set('tx_queued_bytes', queued.sent + all.limit);
  // node_exporter tells of states that there are alone
  return new Map([...found].filter(([word, count]) => count > 0 || word.endsWith('_bytes')));
}
