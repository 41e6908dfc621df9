// node process.ts SERIES TIMES: writes metrics of as many peers as have so many series, so often, and tells what once takes at the middle.
import { Metrics } from '#shared/metrics.ts';
import { median } from '../../table.ts';
import { tell } from '../result.ts';
import { observePeers, PeerNames, Peers, SocketRecord, seriesPerPeer } from '../stages.ts';
import type { Exposition } from './exposition.ts';

const [series, times] = process.argv.slice(2).map(Number) as [number, number];
const count = Math.ceil(series / seriesPerPeer);
const metrics = new Metrics('sidekick_netprobe');
const peers = new Peers(new PeerNames([]), count);
const record = new SocketRecord();
for (let index = 0; index < count; index += 1) {
  record.remote[0] = 0x0100_000a + (index << 16);
  record.remotePort = 8080;
  const peer = peers.at(peers.numberOf('out', record));
  peer.connections = index;
  peer.opened = index * 3;
  peer.sent = index * 1_234_567;
  peer.received = index * 7_654_321;
  for (let rtt = 50; rtt < 1_000_000; rtt *= 3) peer.observe(rtt + index);
}
peers.settle();
observePeers(metrics, peers, () => true);

const took: number[] = [];
let bytes = metrics.bytes();
// the first half warms up
for (let time = 0; time < times * 2; time += 1) {
  const begun = performance.now();
  metrics.giveBack(bytes);
  bytes = metrics.bytes();
  if (time >= times) took.push(performance.now() - begun);
}
const found = new TextDecoder().decode(bytes).match(/^[^#]/gm)?.length ?? 0;
tell({ series: found, kilobytes: bytes.length / 1000, bytesMs: median(took) } satisfies Exposition);
