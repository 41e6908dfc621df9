import type { Listener } from '../sample/listeners.ts';
import type { Direction, Peer } from '../sample/peer.ts';

/** What was counted at one moment. */
export interface Moment {
  /** In milliseconds, of any beginning. */
  readonly at: number;
  readonly peers: readonly Counted[];
  readonly listeners: readonly Listener[];
  /** How many sockets are in each state. */
  readonly states: Readonly<Record<string, number>>;
  /** Bytes by interface since it was made. */
  readonly interfaces: readonly { readonly name: string; readonly received: number; readonly sent: number }[];
}

/** What a peer counted, kept: the peer itself goes on. */
export type Counted = Readonly<
  Pick<
    Peer,
    | 'direction'
    | 'name'
    | 'port'
    | 'connections'
    | 'opened'
    | 'closed'
    | 'failed'
    | 'sent'
    | 'received'
    | 'retransmitted'
    | 'rttNow'
    | 'rttNowCount'
  >
>;

/** Keeps what a peer counted. */
export function counted(peer: Peer): Counted {
  const { direction, name, port, connections, opened, closed, failed, sent, received, retransmitted, rttNow, rttNowCount } = peer;
  return { direction, name, port, connections, opened, closed, failed, sent, received, retransmitted, rttNow, rttNowCount };
}

/** What went on between two moments; rates are a second. */
export interface Snapshot {
  readonly seconds: number;
  readonly states: Readonly<Record<string, number>>;
  readonly interfaces: readonly { readonly name: string; readonly receivedBytes: number; readonly sentBytes: number }[];
  readonly peers: readonly PeerRate[];
  readonly listeners: readonly (Listener & { readonly dropped: number })[];
}

/** What went on with one peer, a second. */
export interface PeerRate {
  readonly direction: Direction;
  readonly peer: string;
  readonly port: number;
  readonly connections: number;
  readonly opened: number;
  readonly closed: number;
  readonly failed: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly retransmittedBytes: number;
  /** Mean over its connections; null where there is none. */
  readonly rttSeconds: number | null;
}

/** By what peers are sorted. */
export type Order = 'bytes' | 'connections' | 'rtt' | 'retransmits';

/** Compares two moments. A counter that fell began anew: it is taken as it is. */
export function compare(before: Moment, now: Moment, order: Order = 'bytes'): Snapshot {
  const seconds = Math.max((now.at - before.at) / 1000, 0.001);
  const rate = (value: number, was = 0) => (value >= was ? value - was : value) / seconds;
  const peersBefore = new Map(before.peers.map((peer) => [keyOf(peer), peer]));
  const interfacesBefore = new Map(before.interfaces.map((link) => [link.name, link]));
  const listenersBefore = new Map(before.listeners.map((listener) => [`${listener.address} ${listener.port}`, listener]));
  const peers = now.peers.map((peer): PeerRate => {
    const was = peersBefore.get(keyOf(peer));
    return {
      direction: peer.direction,
      peer: peer.name,
      port: peer.port,
      connections: peer.connections,
      opened: rate(peer.opened, was?.opened),
      closed: rate(peer.closed, was?.closed),
      failed: rate(peer.failed, was?.failed),
      sentBytes: rate(peer.sent, was?.sent ?? peer.sent),
      receivedBytes: rate(peer.received, was?.received ?? peer.received),
      retransmittedBytes: rate(peer.retransmitted, was?.retransmitted ?? peer.retransmitted),
      rttSeconds: peer.rttNowCount === 0 ? null : peer.rttNow / peer.rttNowCount / 1e6,
    };
  });
  return {
    seconds,
    states: now.states,
    interfaces: now.interfaces.map(({ name, received, sent }) => {
      const was = interfacesBefore.get(name);
      return { name, receivedBytes: rate(received, was?.received ?? received), sentBytes: rate(sent, was?.sent ?? sent) };
    }),
    peers: peers.sort(
      (a, b) => rank[order](b) - rank[order](a) || rank.bytes(b) - rank.bytes(a) || b.connections - a.connections,
    ),
    listeners: now.listeners.map((listener) => ({
      ...listener,
      dropped: rate(listener.drops, listenersBefore.get(`${listener.address} ${listener.port}`)?.drops ?? listener.drops),
    })),
  };
}

const rank: Readonly<Record<Order, (peer: PeerRate) => number>> = {
  bytes: ({ sentBytes, receivedBytes }) => sentBytes + receivedBytes,
  connections: ({ connections }) => connections,
  rtt: ({ rttSeconds }) => rttSeconds ?? -1,
  retransmits: ({ retransmittedBytes }) => retransmittedBytes,
};

function keyOf({ direction, name, port }: Counted): string {
  return `${direction} ${port} ${name}`;
}
