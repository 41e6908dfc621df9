import type { Metrics } from '#shared/metrics.ts';
import type { NodeReading } from './node-reading.ts';

/** What the kernel tells of each protocol; those of IPv6 have a 6 behind their name. */
const protocols: Readonly<Record<string, readonly string[]>> = {
  TCP: ['alloc', 'inuse', 'mem', 'orphan', 'tw'],
  UDP: ['inuse', 'mem'],
  UDPLITE: ['inuse'],
  RAW: ['inuse'],
  FRAG: ['inuse', 'memory'],
  TCP6: ['inuse'],
  UDP6: ['inuse'],
  UDPLITE6: ['inuse'],
  RAW6: ['inuse'],
  FRAG6: ['inuse', 'memory'],
};

/** The collector sockstat. `TCP_alloc` and the memory of TCP and UDP are those of the whole machine: the kernel tells no others. */
export function nodeSockstat(node: Metrics, reading: NodeReading): void {
  const gauge = (name: string, help: string, value: () => number | undefined) =>
    node.computed('gauge', `sockstat_${name}`, help, () => {
      const found = value();
      return found === undefined ? [] : [[found]];
    });
  gauge('sockets_used', 'Number of IPv4 sockets in use.', () => reading.sockets.get('sockets_used'));
  for (const [protocol, names] of Object.entries(protocols)) {
    for (const name of names) {
      const pages = () => reading.sockets.get(`${protocol}_${name}`);
      gauge(`${protocol}_${name}`, help(protocol, name), pages);
      if (name !== 'mem') continue;
      gauge(`${protocol}_mem_bytes`, help(protocol, 'mem_bytes'), () => {
        const count = pages();
        return count === undefined || reading.pageSize === undefined ? undefined : count * reading.pageSize;
      });
    }
  }
}

function help(protocol: string, name: string): string {
  return `Number of ${protocol} sockets in state ${name}.`;
}
