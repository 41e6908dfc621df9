import type { Metrics } from '#shared/metrics.ts';
import type { SoftnetCpu } from '../proc/softnet.ts';
import type { NodeReading } from './node-reading.ts';

/** The collector softnet. It is of the whole machine. */
export function nodeSoftnet(node: Metrics, reading: NodeReading): void {
  const each = (type: 'counter' | 'gauge', name: string, help: string, value: (cpu: SoftnetCpu) => number | undefined) =>
    node.computed(type, `softnet_${name}`, help, function* () {
      for (const cpu of reading.softnet) {
        const found = value(cpu);
        if (found !== undefined) yield [found, { cpu: String(cpu.cpu) }] as const;
      }
    });
  each('counter', 'processed_total', 'Number of processed packets', ({ processed }) => processed);
  each('counter', 'dropped_total', 'Number of dropped packets', ({ dropped }) => dropped);
  each('counter', 'times_squeezed_total', 'Number of times processing packets ran out of quota', ({ squeezed }) => squeezed);
  const collision = 'Number of collision occur while obtaining device lock while transmitting';
  each('counter', 'cpu_collision_total', collision, ({ collisions }) => collisions);
  each('counter', 'received_rps_total', 'Number of times cpu woken up received_rps', ({ receivedRps }) => receivedRps);
  each('counter', 'flow_limit_count_total', 'Number of times flow limit has been reached', ({ flowLimited }) => flowLimited);
  each('gauge', 'backlog_len', 'Softnet backlog status', ({ backlog }) => backlog);
}
