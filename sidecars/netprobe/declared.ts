import { Metrics } from '#shared/metrics.ts';
import { addProcessMetrics } from '#shared/process-metrics.ts';
import { observeCapture } from './capture/capture-metrics.ts';
import { Checks } from './checks/runner.ts';
import { type NetprobeSettings, program } from './config.ts';
import { observe } from './metrics/observe.ts';
import { ProcNet } from './proc/proc-net.ts';
import { Ledger } from './sample/ledger.ts';
import { nobody } from './sample/listeners.ts';
import { PeerNames } from './sample/peer-groups.ts';
import { Peers } from './sample/peers.ts';
import { EphemeralPorts } from './sample/ports.ts';
import { ProcSource } from './sockets/proc-source.ts';

/**
 * All of its own metrics, for their reference, without a probe that runs: many appear only where there is something to tell, which differs
 * between machines. Those of node_exporter are left out.
 */
export function declaredMetrics(): Metrics['declared'] {
  const metrics = new Metrics('sidekick_netprobe');
  addProcessMetrics(metrics, { version: '' });
  metrics.gauge('health', 'State of each part of the sidecar: 1 for the state it is in.', ['part', 'state']);
  const defaults = Object.fromEntries(Object.entries(program.options).map(([key, option]) => [key, option.default]));
  const settings = { ...defaults, nodePrefix: 'off' } as NetprobeSettings;
  const peers = new Peers(new PeerNames([]), settings.maxPeers);
  const ports = new EphemeralPorts();
  const ledger = new Ledger({ peers, ports, isOwn: () => false });
  observe(metrics, {
    settings,
    peers,
    ports,
    ledger,
    opened: { source: new ProcSource() },
    proc: new ProcNet(),
    surroundings: undefined,
    owner: { orphaned: false },
    checks: new Checks({ ...settings, gateway: () => undefined }),
    listeners: () => nobody,
  });
  observeCapture(metrics, {
    statistics: () => ({ received: 0, dropped: 0, captured: 0, unwritten: 0, bytes: 0 }),
    uploads: () => ({ files: 0, bytes: 0, waiting: 0, lost: 0 }),
  });
  return metrics.declared;
}
