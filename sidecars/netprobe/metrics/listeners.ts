import type { Metrics } from '#shared/metrics.ts';
import type { Listener } from '../sample/listeners.ts';

/** @param read looks at the listeners now; once for each exposition */
export function observeListeners(metrics: Metrics, read: () => readonly Listener[], tellsDrops: () => boolean): void {
  let listeners: readonly Listener[] = [];
  metrics.onCollect(() => {
    listeners = read();
  });
  const each = (value: (listener: Listener) => number) => () =>
    listeners.map((listener) => [value(listener), { address: listener.address, port: String(listener.port) }] as const);
  metrics.computed(
    'gauge',
    'tcp_listener_queue_length',
    'Connections that wait to be accepted.',
    each(({ queue }) => queue),
  );
  metrics.computed(
    'gauge',
    'tcp_listener_queue_limit',
    'How many connections may wait to be accepted: the smaller of the backlog and net.core.somaxconn.',
    each(({ limit }) => limit),
  );
  metrics.computed(
    'counter',
    'tcp_listener_drops_total',
    'Connections that a listener dropped since it listens, as its queue was full or memory was short.',
    () => (tellsDrops() ? each(({ drops }) => drops)() : []),
  );
}
