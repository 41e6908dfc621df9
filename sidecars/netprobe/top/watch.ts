import { Closings } from '../closings/closings.ts';
import { threadFile } from '../closings/thread-file.ts';
import type { NetprobeSettings } from '../config.ts';
import { statesOf } from '../metrics/observe.ts';
import { ProcNet } from '../proc/proc-net.ts';
import { Ledger } from '../sample/ledger.ts';
import { readListeners } from '../sample/listeners.ts';
import { OwnSockets } from '../sample/own.ts';
import { PeerNames } from '../sample/peer-groups.ts';
import { Peers } from '../sample/peers.ts';
import { EphemeralPorts } from '../sample/ports.ts';
import { Sampler } from '../sample/sampler.ts';
import { openSource } from '../sockets/open.ts';
import { counted, type Moment } from './snapshot.ts';

/** What is counted while somebody watches. */
export interface Watch {
  /** Reads everything. @throws Error where sockets cannot be read */
  readonly look: () => Promise<Moment>;
  readonly end: () => Promise<void>;
}

/** Begins to count: from now on short connections are seen too, where the kernel tells of them. @throws Exit */
export async function watch(settings: NetprobeSettings, stopping: AbortSignal): Promise<Watch> {
  const { source, libc } = openSource(settings.source);
  const proc = new ProcNet();
  // a health check of this very container may ask for a server that is not there
  const own = new OwnSockets(settings.admin.type === 'tcp' ? settings.admin.port : undefined);
  const isOwn = settings.ownSockets ? () => false : own.has;
  const names = new PeerNames(settings.peers ?? []);
  const peers = new Peers(names, settings.maxPeers);
  names.resolve(stopping, () => peers.forgetAddresses());
  const ledger = new Ledger({ peers, ports: new EphemeralPorts(), isOwn });
  let problem: unknown;
  const sampler = new Sampler({
    source,
    ledger,
    interval: settings.interval,
    refreshOwn: () => own.refresh(),
    portRange: () => proc.portRange() ?? { first: 32_768, last: 60_999 },
    done: (error) => {
      problem = error;
    },
  });
  const closings =
    libc !== undefined && settings.events
      ? new Closings(libc, threadFile, { ended: (record) => ledger.ended(record), lost: () => ledger.missed(), alone: () => {} })
      : undefined;
  if (closings !== undefined) ledger.hear();
  return {
    look: async () => {
      await sampler.read();
      if (problem !== undefined) throw problem;
      const { listeners, all } = readListeners(source, isOwn);
      return {
        at: performance.now(),
        peers: peers.shown.map(counted),
        listeners,
        states: Object.fromEntries([...statesOf(ledger, all.sockets)].filter(([, count]) => count > 0)),
        interfaces: proc.interfaces().map(({ name, counters }) => ({
          name,
          received: counters.get('receive_bytes') ?? 0,
          sent: counters.get('transmit_bytes') ?? 0,
        })),
      };
    },
    end: async () => {
      await closings?.stop();
      source.close();
      proc.close();
    },
  };
}
