import type { Metrics } from '#shared/metrics.ts';
import type { EphemeralPorts } from '../sample/ports.ts';

/** How many destinations have a series: those with the most ports. The others are far from a shortage. */
const mostDestinations = 50;

/** Ephemeral ports: how many there are, and how many are in use towards each destination. */
export function observePorts(metrics: Metrics, ports: EphemeralPorts): void {
  metrics.computed(
    'gauge',
    'ephemeral_ports',
    'How many ports the system gives to clients (net.ipv4.ip_local_port_range).',
    () => [[ports.range.last - ports.range.first + 1]],
  );
  metrics.computed(
    'gauge',
    'ephemeral_ports_used',
    'Ephemeral ports in use towards a destination at the last reading, TIME_WAIT included; of the destinations with the most.',
    () => ports.destinations.slice(0, mostDestinations).map(({ destination, used }) => [used, { destination }] as const),
  );
}
