// The kernel has no room for the ends of connections: what was last seen of them counts, and that is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Probed } from './probed.ts';

test('connections end while the probe is stopped', needs('linux', 'root'), async (t) => {
  const namespace = new Probed(t);
  const probe = await namespace.begin();
  const holder = namespace.program(new URL('./programs/hold.ts', import.meta.url), '1000');
  await said(holder, 'held');
  const of = async (name: string) =>
    (await namespace.metrics()).sum(`sidekick_netprobe_tcp_peer_${name}`, { direction: 'in', port: '7000' });
  await until('all are seen', async () => (await of('connections')) === 1010);
  const sent = await of('sent_bytes_total');
  const { port } = await namespace.serve('127.0.0.1', 'server');
  probe.child.kill('SIGSTOP');
  // where net.core.rmem_max is large the kernel keeps several thousand
  await namespace.ask('127.0.0.1', port, 8000, 'server');
  await holder.stop('SIGKILL');
  probe.child.kill('SIGCONT');
  await until('none is left', async () => (await of('connections')) === 0);
  assert.deepEqual([await of('closed_total'), await of('sent_bytes_total')], [1010, sent]);
  const metrics = await namespace.metrics();
  assert.ok(metrics.sum('sidekick_netprobe_events_overruns_total') > 0);
  assert.ok(metrics.sum('sidekick_netprobe_events_lost_total') > 1000);
  // and it hears of those that come after
  const later = await namespace.serve('127.0.0.1', 'server');
  await namespace.ask('127.0.0.1', later.port, 100, 'server');
  const closed = async () =>
    (await namespace.metrics()).sum('sidekick_netprobe_tcp_peer_closed_total', { direction: 'in', port: String(later.port) });
  await until('these are counted', async () => (await closed()) === 100);
});
