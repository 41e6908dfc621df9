import { EphemeralPorts, Ledger, OwnSockets, openSource, PeerNames, Peers, Sampler } from '../stages.ts';

/** As many peers have series of their own by default. */
const mostPeers = 100;

/** Reads as the sidecar does: in slices, with everything counted. @returns what reads once, and tells how many connections there are. @throws Error */
export function openSampler(choice: 'netlink' | 'proc'): () => Promise<number> {
  const { source } = openSource(choice);
  const own = new OwnSockets(undefined);
  const ports = new EphemeralPorts();
  const ledger = new Ledger({ peers: new Peers(new PeerNames([]), mostPeers), ports, isOwn: own.has });
  let failure: unknown;
  const sampler = new Sampler({
    source,
    ledger,
    interval: 3_600_000,
    refreshOwn: () => own.refresh(),
    portRange: () => ports.range,
    done: (error) => {
      failure = error;
    },
  });
  return async () => {
    await sampler.read();
    if (failure !== undefined) throw failure;
    return ledger.states.reduce((sum, count) => sum + count, 0);
  };
}
