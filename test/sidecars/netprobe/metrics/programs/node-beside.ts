import { Metrics } from '#shared/metrics.ts';
import { nodeMetrics, nodeStates } from '../../../../../sidecars/netprobe/metrics/node.ts';
import { ProcNet } from '../../../../../sidecars/netprobe/proc/proc-net.ts';
import { TcpTable } from '../../../../../sidecars/netprobe/proc/socket-tables.ts';

/** What `node-beside` prints: our exposition, that of node_exporter, and ours again. */
export interface Beside {
  readonly before: string;
  readonly theirs: string;
  readonly after: string;
}

const metrics = new Metrics('sidekick_netprobe');
const states = () => {
  const found = new Map<string, number>();
  new TcpTable().all(({ state }) => {
    const word = nodeStates[state] ?? '';
    found.set(word, (found.get(word) ?? 0) + 1);
  });
  return found;
};
nodeMetrics(metrics, 'node', new ProcNet(), { states });

const [, , url = ''] = process.argv;
// a first one, so that the connection is there already when ours is made
await (await fetch(url)).text();
const before = metrics.text();
const theirs = await (await fetch(url)).text();
const after = metrics.text();
console.log(JSON.stringify({ before, theirs, after } satisfies Beside));
process.exit();
