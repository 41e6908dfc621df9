import type { Metrics } from '#shared/metrics.ts';
import type { ProcNet } from '../proc/proc-net.ts';
import { nodeConntrack } from './node-conntrack.ts';
import { nodeNetstat } from './node-netstat.ts';
import { nodeNetwork } from './node-network.ts';
import { nodeReading } from './node-reading.ts';
import { nodeSockstat } from './node-sockstat.ts';
import { nodeSoftnet } from './node-softnet.ts';

/** The words of node_exporter for the states of TCP, by their numbers (include/net/tcp_states.h). A request counts as SYN_RECV. */
export const nodeStates = [
  '',
  'established',
  'syn_sent',
  'syn_recv',
  'fin_wait1',
  'fin_wait2',
  'time_wait',
  'close',
  'close_wait',
  'last_ack',
  'listen',
  'closing',
  'syn_recv',
] as const;

/** What metrics of node_exporter are made of, beside what {@link ProcNet} reads. */
export interface NodeSources {
  /**
   * How many TCP sockets are in each state, by the words of {@link nodeStates}; node_exporter also has the bytes that wait in all of
   * them, as `rx_queued_bytes` and `tx_queued_bytes`.
   */
  readonly states: () => ReadonlyMap<string, number>;
  /** Is told after each reading how long it took, and of what could not be read though that is not normal. */
  readonly note?: (seconds: number, error?: Error) => void;
}

/**
 * Has the metrics that node_exporter has of a network too, by its collectors netdev, netclass, netstat, sockstat, softnet, conntrack
 * and tcpstat: names, labels, types and help are the same, so that its dashboards and alerts fit. All files are read once for an
 * exposition.
 * @param prefix `node`, or another one where a node_exporter is scraped beside it
 * @see https://github.com/prometheus/node_exporter
 */
export function nodeMetrics(metrics: Metrics, prefix: string, proc: ProcNet, { states, note }: NodeSources): void {
  const node = metrics.within(prefix, { capitals: true });
  const reading = nodeReading(proc);
  metrics.onCollect(() => {
    const begun = performance.now();
    reading.again();
    const [missing] = proc.unread.filter(({ expected }) => !expected);
    note?.((performance.now() - begun) / 1000, missing && new Error(`${missing.path}: ${missing.reason}`));
  });
  nodeNetwork(node, reading);
  nodeNetstat(node, reading);
  nodeSockstat(node, reading);
  nodeSoftnet(node, reading);
  nodeConntrack(node, reading);
  node.computed('gauge', 'tcp_connection_states', 'Number of connection states.', () =>
    [...states()].map(([state, value]) => [value, { state }]),
  );
}
