import type { Observed, Sight } from './metrics/observe.ts';
import { statesOf } from './metrics/observe.ts';
import type { Sampler } from './sample/sampler.ts';
import type { InterfaceStatus, PeerStatus, Status } from './status.ts';

/** How many peers and destinations are shown: a page is read by people. */
const most = 200;

/** Puts together what `/status` tells. */
export function statusOf(
  sight: Omit<Sight, 'listeners'> & Pick<Observed, 'listeners'> & { readonly sampler: Sampler; readonly hears: boolean },
): Status {
  const { opened, owner, ledger, peers, ports, checks, sampler, settings, hears } = sight;
  const { source, reason } = opened;
  const { listeners, all } = sight.listeners();
  const counters = sight.proc.counters();
  const tellsAll = source.name === 'netlink';
  return {
    source: {
      sockets: source.name,
      ...(reason !== undefined && { reason }),
      missing: source.missing,
      events: hears,
      eventsLost: ledger.lost,
    },
    namespace: { orphaned: owner.orphaned, interfaces: interfacesOf(sight) },
    sockets: {
      states: Object.fromEntries([...statesOf(ledger, all.sockets)].filter(([, count]) => count > 0)),
      read: sampler.lastRead?.toISOString() ?? null,
      readSeconds: sampler.lastSeconds,
      intervalSeconds: settings.interval / 1000,
    },
    listeners: listeners.map(({ address, port, queue, limit, drops }) => ({
      address: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
      queue,
      limit,
      drops: tellsAll ? drops : null,
    })),
    peers: peers.shown.slice(0, most).map(
      (peer): PeerStatus => ({
        direction: peer.direction,
        peer: peer.name,
        port: peer.port,
        connections: peer.connections,
        opened: peer.opened,
        closed: peer.closed,
        sentBytes: tellsAll ? peer.sent : null,
        receivedBytes: tellsAll ? peer.received : null,
        retransmittedBytes: tellsAll ? peer.retransmitted : null,
        rttSeconds: peer.rttNowCount === 0 ? null : peer.rttNow / peer.rttNowCount / 1e6,
      }),
    ),
    ports: { ...ports.range, destinations: ports.destinations.slice(0, most) },
    checks: checks.status(),
    counters: {
      tcpRetransmits: counters.get('Tcp_RetransSegs') ?? 0,
      tcpSegmentsOut: counters.get('Tcp_OutSegs') ?? 0,
      listenOverflows: counters.get('TcpExt_ListenOverflows') ?? 0,
      listenDrops: counters.get('TcpExt_ListenDrops') ?? 0,
    },
  };
}

function interfacesOf({ surroundings, proc }: Pick<Sight, 'surroundings' | 'proc'>): InterfaceStatus[] {
  const counted = new Map(proc.interfaces().map(({ name, counters }) => [name, counters]));
  const links = surroundings?.links ?? [...counted.keys()].map((name) => ({ name, index: 0, up: true }));
  return links.map(({ name, index, up }) => ({
    name,
    up,
    receivedBytes: counted.get(name)?.get('receive_bytes') ?? 0,
    sentBytes: counted.get(name)?.get('transmit_bytes') ?? 0,
    addresses: (surroundings?.addresses ?? [])
      .filter(({ link }) => link === index)
      .map(({ address, prefix }) => `${address}/${prefix}`),
  }));
}
