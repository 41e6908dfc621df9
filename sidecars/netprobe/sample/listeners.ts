import { formatAddress } from '../sockets/address.ts';
import type { SocketRecord } from '../sockets/record.ts';
import type { SocketSource } from '../sockets/source.ts';

/** All sockets that listen on one address. */
export interface Listener {
  /** `0.0.0.0`, `::`. */
  readonly address: string;
  readonly port: number;
  /** How many sockets there are: several with SO_REUSEPORT. */
  readonly sockets: number;
  /** Connections that wait to be accepted, and how many may. */
  readonly queue: number;
  readonly limit: number;
  /** Connections that were dropped since these sockets listen. */
  readonly drops: number;
}

/** Who listens. */
export interface Listening {
  readonly listeners: readonly Listener[];
  /** Of all sockets that listen, the probe's own included, as other tools count them. */
  readonly all: { readonly sockets: number; readonly queue: number; readonly limit: number };
}

/** Nobody, as where it could not be read. */
export const nobody: Listening = { listeners: [], all: { sockets: 0, queue: 0, limit: 0 } };

/** Reads the listeners: at every scrape, as a queue that overflows for a second is what they are asked for. @throws Error where they cannot be read */
export function readListeners(source: SocketSource, isOwn: (record: SocketRecord) => boolean): Listening {
  const found = new Map<string, { -readonly [K in keyof Listener]: Listener[K] }>();
  const all = { sockets: 0, queue: 0, limit: 0 };
  source.listeners((record) => {
    all.sockets += 1;
    all.queue += record.receiveQueue;
    all.limit += record.sendQueue;
    if (isOwn(record)) return;
    const address = formatAddress(record.family, record.local);
    const key = `${address} ${record.localPort}`;
    const listener = found.get(key) ?? { address, port: record.localPort, sockets: 0, queue: 0, limit: 0, drops: 0 };
    listener.sockets += 1;
    listener.queue += record.receiveQueue;
    listener.limit += record.sendQueue;
    listener.drops += record.drops;
    found.set(key, listener);
  });
  const listeners = [...found.values()].sort((a, b) => a.port - b.port || a.address.localeCompare(b.address));
  return { listeners, all };
}
