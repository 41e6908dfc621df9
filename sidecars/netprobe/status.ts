/** What `/status` tells beside the health, and what the page shows. Times are in seconds, moments in ISO 8601. */
export interface Status {
  readonly source: SourceStatus;
  readonly namespace: NamespaceStatus;
  readonly sockets: SocketsStatus;
  readonly listeners: readonly ListenerStatus[];
  /** The busiest first; the one called `other` is all that have no series of their own. */
  readonly peers: readonly PeerStatus[];
  readonly ports: PortsStatus;
  readonly checks: readonly CheckStatus[];
  /** Counters of the namespace since it was made, from which the page computes rates. */
  readonly counters: Readonly<Record<'tcpRetransmits' | 'tcpSegmentsOut' | 'listenOverflows' | 'listenDrops', number>>;
}

/** How sockets are read. */
export interface SourceStatus {
  readonly sockets: 'netlink' | 'proc';
  /** Why it is not netlink. */
  readonly reason?: string;
  /** What this source does not tell, in words; empty for netlink. */
  readonly missing: readonly string[];
  /** Whether every end of a connection is heard of. */
  readonly events: boolean;
  /** Connections whose end was not heard of in time; their last known numbers count. */
  readonly eventsLost: number;
}

export interface NamespaceStatus {
  /** Whether its owner is gone: nothing but lo is left. */
  readonly orphaned: boolean;
  readonly interfaces: readonly InterfaceStatus[];
}

export interface InterfaceStatus {
  readonly name: string;
  readonly up: boolean;
  /** Bytes since the interface was made. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly addresses: readonly string[];
}

export interface SocketsStatus {
  /** How many TCP sockets are in each state, in the words of ss(8): `ESTAB`, `TIME-WAIT`. */
  readonly states: Readonly<Record<string, number>>;
  /** When all were last read; null before the first time. */
  readonly read: string | null;
  readonly readSeconds: number;
  readonly intervalSeconds: number;
}

export interface ListenerStatus {
  /** `0.0.0.0:80`, `[::]:80`. */
  readonly address: string;
  /** Connections that wait to be accepted, and how many may. */
  readonly queue: number;
  readonly limit: number;
  /** Connections that were dropped, since the listener was made. Null where the source does not tell. */
  readonly drops: number | null;
}

export interface PeerStatus {
  /** Who connected: `in` is the peer to us. */
  readonly direction: 'in' | 'out';
  /** An address, or the name of a group. */
  readonly peer: string;
  /** The port of the service: ours for `in`, theirs for `out`. 0 for `other`. */
  readonly port: number;
  readonly connections: number;
  readonly opened: number;
  readonly closed: number;
  /** Null where the source does not tell. */
  readonly sentBytes: number | null;
  readonly receivedBytes: number | null;
  readonly retransmittedBytes: number | null;
  /** Mean smoothed round trip time of its connections at the last reading; null where there are none. */
  readonly rttSeconds: number | null;
}

export interface PortsStatus {
  /** The first and last ephemeral port (net.ipv4.ip_local_port_range). */
  readonly first: number;
  readonly last: number;
  /** Destinations by how many of these ports are in use towards each, the most first. */
  readonly destinations: readonly { readonly destination: string; readonly used: number; readonly share: number }[];
}

export interface CheckStatus {
  readonly check: string;
  /** Null before the first one ended. */
  readonly ok: boolean | null;
  readonly seconds: number | null;
  /** What was found, or why it failed. */
  readonly detail: string;
  /** When the certificate expires, where there is one. */
  readonly certificateExpires?: string;
}
