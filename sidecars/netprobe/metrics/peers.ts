import { Series } from '#shared/exposition.ts';
import type { Metrics } from '#shared/metrics.ts';
import { type Peer, rttBounds } from '../sample/peer.ts';
import type { Peers } from '../sample/peers.ts';

/** How many series a peer has at most: seven numbers, and the histogram with its sum and count. */
export const seriesPerPeer = 7 + rttBounds.length + 3;

/** @param tellsBytes whether the source tells what goes through connections */
export function observePeers(metrics: Metrics, peers: Peers, tellsBytes: () => boolean): void {
  const words = new WeakMap<Peer, Series>();
  const seriesOf = (peer: Peer): Series => {
    const known = words.get(peer);
    if (known !== undefined) return known;
    const { direction, name, port } = peer;
    const series = new Series({ direction, peer: name, port: port === 0 ? '' : String(port) });
    words.set(peer, series);
    return series;
  };
  let shown: readonly (readonly [Peer, Series])[] = [];
  metrics.onCollect(() => {
    shown = peers.shown.map((peer) => [peer, seriesOf(peer)] as const);
  });
  const each = (value: (peer: Peer) => number) => () => shown.map(([peer, series]) => [value(peer), series] as const);
  const told = (value: (peer: Peer) => number) => () => (tellsBytes() ? each(value)() : []);
  const add = (type: 'counter' | 'gauge', name: string, help: string, read: ReturnType<typeof each>) =>
    metrics.computed(type, `tcp_peer_${name}`, help, read);

  add(
    'gauge',
    'connections',
    'TCP connections with a peer at the last reading; in: it connected to our port, out: we to its.',
    each(({ connections }) => connections),
  );
  add(
    'counter',
    'opened_total',
    'TCP connections that began since the probe runs.',
    each(({ opened }) => opened),
  );
  add(
    'counter',
    'closed_total',
    'TCP connections that ended since the probe runs.',
    each(({ closed }) => closed),
  );
  add(
    'counter',
    'failed_total',
    'Attempts to connect to a peer that never became a connection: refused, or without an answer.',
    told(({ failed }) => failed),
  );
  add(
    'counter',
    'sent_bytes_total',
    'Bytes sent to a peer, each counted once.',
    told(({ sent }) => sent),
  );
  add(
    'counter',
    'received_bytes_total',
    'Bytes received from a peer.',
    told(({ received }) => received),
  );
  add(
    'counter',
    'retransmitted_bytes_total',
    'Bytes that were sent again.',
    told(({ retransmitted }) => retransmitted),
  );
  metrics.computedHistogram(
    'tcp_peer_rtt_seconds',
    'Smoothed round trip times, as the kernel measures them, of connections that carried something since the reading before, and of each that ended.',
    rttBounds,
    () =>
      tellsBytes()
        ? shown
            .filter(([peer]) => peer.rttCount > 0)
            .map(
              ([{ rttCounts, rttCount, rttSum }, series]) =>
                [{ counts: rttCounts, count: rttCount, sum: rttSum }, series] as const,
            )
        : [],
  );
}
