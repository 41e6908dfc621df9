/** What is read of the network probe's `/status`. */
export interface NetprobeStatus {
  readonly source: { readonly sockets: string; readonly missing: readonly string[]; readonly eventsLost: number };
  readonly listeners: readonly Listener[];
  readonly peers: readonly PeerStatus[];
  readonly checks: readonly CheckStatus[];
}

interface PeerStatus {
  readonly direction: string;
  readonly peer: string;
  readonly port: number;
  readonly connections: number;
  readonly opened: number;
  readonly sentBytes: number | null;
  readonly receivedBytes: number | null;
  readonly retransmittedBytes: number | null;
}

/** A check that the probe makes. */
export interface CheckStatus {
  readonly check: string;
  readonly ok: boolean | null;
  readonly seconds: number | null;
}

/** Where connections are taken. */
export interface Listener {
  readonly address: string;
  /** Connections that wait to be accepted, and how many may. */
  readonly queue: number;
  readonly limit: number;
  readonly drops: number | null;
}

/** All connections with somebody. What is null the source does not tell. */
export interface Peer {
  readonly connections: number;
  readonly opened: number;
  readonly sent: number | null;
  readonly received: number | null;
  readonly retransmitted: number | null;
}

/** What the network probe sees of the shop. */
export interface Probed {
  /** Where sockets are read: `netlink` or `proc`. */
  readonly source: string;
  /** What this source does not tell, in words. */
  readonly missing: readonly string[];
  /** Connections whose end was not heard of in time: what they carried last is not counted. */
  readonly lost: number;
  /** The shop's own. */
  readonly listener: Listener | undefined;
  /** Who connected to the shop. */
  readonly visitors: Peer;
  /** The stock service, all its instances together. */
  readonly stock: Peer;
  readonly checks: readonly CheckStatus[];
}

/** Picks what is about the shop out of all that the network probe sees: beside it may be a whole machine. */
export function probed(status: NetprobeStatus, shopPort: number, stock: readonly string[]): Probed {
  const { source, listeners, peers, checks } = status;
  return {
    source: source.sockets,
    missing: source.missing,
    lost: source.eventsLost,
    listener: listeners.find(({ address }) => address.endsWith(`:${shopPort}`)),
    visitors: together(peers.filter(({ direction, port }) => direction === 'in' && port === shopPort)),
    stock: together(peers.filter(({ direction, peer, port }) => direction === 'out' && stock.includes(`${peer}:${port}`))),
    checks: checks.map(({ check, ok, seconds }) => ({ check, ok, seconds })),
  };
}

function together(peers: readonly PeerStatus[]): Peer {
  const sum = (of: 'connections' | 'opened') => peers.reduce((total, peer) => total + peer[of], 0);
  const told = (of: 'sentBytes' | 'receivedBytes' | 'retransmittedBytes') =>
    peers.reduce<number | null>((total, { [of]: value }) => (total === null || value === null ? null : total + value), 0);
  return {
    ...{ connections: sum('connections'), opened: sum('opened') },
    ...{ sent: told('sentBytes'), received: told('receivedBytes'), retransmitted: told('retransmittedBytes') },
  };
}
