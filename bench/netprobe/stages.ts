// Parts of the sidecar that are measured by themselves; all else of it is measured from outside, as it is started in its image. They are named
// here alone.
// biome-ignore-start lint/style/noRestrictedImports: what one stage takes cannot be seen from outside of the sidecar
export { observePeers, seriesPerPeer } from '../../sidecars/netprobe/metrics/peers.ts';
export { Ledger } from '../../sidecars/netprobe/sample/ledger.ts';
export { OwnSockets } from '../../sidecars/netprobe/sample/own.ts';
export { PeerNames } from '../../sidecars/netprobe/sample/peer-groups.ts';
export { Peers } from '../../sidecars/netprobe/sample/peers.ts';
export { EphemeralPorts } from '../../sidecars/netprobe/sample/ports.ts';
export { Sampler } from '../../sidecars/netprobe/sample/sampler.ts';
export { openSource } from '../../sidecars/netprobe/sockets/open.ts';
export { SocketRecord } from '../../sidecars/netprobe/sockets/record.ts';
// biome-ignore-end lint/style/noRestrictedImports: see above
