// However many peers there are, memory and series stay few, and what is counted is all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Probed } from './probed.ts';

const here = needs('linux', 'root');

test('ten thousand peers, of which twenty have series', here, async (t) => {
  const namespace = new Probed(t);
  await namespace.begin({ NETPROBE_MAX_PEERS: '20', NETPROBE_PEERS: 'favourites=127.1.0.0/30' });
  const { port, end } = await namespace.serve('0.0.0.0', 'client');
  const { stdout } = await namespace.program(new URL('./programs/ask-from-many.ts', import.meta.url), String(port), '10000')
    .ended;
  const asked = JSON.parse(stdout);
  const served = await end();
  const counted = async (name: string, labels = {}) =>
    (await namespace.metrics()).sum(`sidekick_netprobe_tcp_peer_${name}`, { direction: 'in', ...labels });
  await until('all are counted', async () => (await counted('closed_total')) === asked.connections);
  assert.equal(await counted('received_bytes_total'), served.received);
  assert.equal(await counted('sent_bytes_total'), served.sent);
  assert.equal(await counted('closed_total', { peer: 'favourites' }), 3);
  const { text } = await namespace.get('http://127.0.0.1:9804/metrics');
  const series = text.match(/^sidekick_netprobe_tcp_peer_closed_total\{/gm) ?? [];
  // those of our own side of the loopback are peers too
  assert.ok(series.length <= 20 + 2, `${series.length}`);
});

test('more series than there may be are left out, and counted', here, async (t) => {
  const namespace = new Probed(t);
  await namespace.begin({ NETPROBE_MAX_SERIES: '100' });
  const { text } = await namespace.get('http://127.0.0.1:9804/metrics');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const own = lines.filter((line) => /^(sidekick_netprobe_(?!health)|node_)/.test(line));
  // beside them one that tells how many were left out, and a counter without labels
  assert.ok(own.length <= 100 + 2, `${own.length}`);
  assert.ok(Number(/^sidekick_netprobe_series_dropped (\d+)$/m.exec(text)?.[1]) > 10);
});
