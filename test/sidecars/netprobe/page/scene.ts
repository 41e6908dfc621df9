import { type Admin, type AdminHandler, Handlers, serveAdmin } from '#shared/admin.ts';
import { Health } from '#shared/health.ts';
import { Metrics } from '#shared/metrics.ts';
import type { InterfaceStatus, PeerStatus, Status } from '../../../../sidecars/netprobe/status.ts';

/** A status in which there is nothing yet. */
export const nothing: Status = {
  source: { sockets: 'netlink', missing: [], events: true, eventsLost: 0 },
  namespace: { orphaned: false, interfaces: [] },
  sockets: { states: {}, read: null, readSeconds: 0, intervalSeconds: 5 },
  listeners: [],
  peers: [],
  ports: { first: 32_768, last: 60_999, destinations: [] },
  checks: [],
  counters: { tcpRetransmits: 0, tcpSegmentsOut: 0, listenOverflows: 0, listenDrops: 0 },
};

/** An interface that is up. */
export function anInterface(name: string, more: Partial<InterfaceStatus> = {}): InterfaceStatus {
  return { name, up: true, receivedBytes: 0, sentBytes: 0, addresses: [], ...more };
}

/** A peer that connected, with one connection that did nothing. */
export function aPeer(peer: string, more: Partial<PeerStatus> = {}): PeerStatus {
  const traffic = { sentBytes: 0, receivedBytes: 0, retransmittedBytes: 0, rttSeconds: null };
  return { direction: 'in', peer, port: 8080, connections: 1, opened: 1, closed: 0, ...traffic, ...more };
}

/** An admin server with the page, whose status is whatever it is set to. */
export class Scene {
  status: Status = nothing;
  readonly health = new Health();
  #admin: Admin | undefined;

  /** @returns the port. */
  async open(page: AdminHandler, port = 0): Promise<number> {
    const handlers = new Handlers();
    handlers.add('/', page);
    const status = () => ({ name: 'netprobe', version: '1.2.3', ...this.status });
    const listen = { type: 'tcp', host: '127.0.0.1', port } as const;
    this.#admin = await serveAdmin({ listen, health: this.health, metrics: new Metrics('x'), handlers, status });
    return Number(new URL(this.#admin.address).port);
  }

  async close(): Promise<void> {
    await this.#admin?.close();
  }

  /** Changes a part of the status. */
  set(more: Partial<Status>): void {
    this.status = { ...this.status, ...more };
  }

  /** All sockets have been read again, at a moment in ms. */
  read(at = Date.now()): void {
    this.set({ sockets: { ...this.status.sockets, read: new Date(at).toISOString() } });
  }
}
