// A /proc that shows little: hidepid and subset=pid, as hardened hosts mount it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Probed } from './probed.ts';

const main = fileURLToPath(new URL('../../../../sidecars/netprobe/main.ts', import.meta.url));

for (const options of ['subset=pid', 'hidepid=2'])
  test(`/proc mounted with ${options}`, needs('linux', 'root'), async (t) => {
    const namespace = new Probed(t);
    // a pid namespace of its own, of which this /proc is
    const script = `mount -t proc -o ${options} proc /proc && exec "$0" "$@"`;
    const args = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', script, process.execPath, main];
    const probe = namespace.start('unshare', args, { NETPROBE_INTERVAL: '200ms' });
    await probe.says('started');
    await until('it is ready', () => namespace.ready());
    const { port } = await namespace.serve('127.0.0.1', 'server');
    await namespace.ask('127.0.0.1', port, 50, 'server');
    const closed = async () =>
      (await namespace.metrics()).sum('sidekick_netprobe_tcp_peer_closed_total', { direction: 'in', port: String(port) });
    await until(
      'all are counted',
      async () => (await namespace.metrics()).has('sidekick_netprobe_tcp_peer_closed_total') && (await closed()) === 50,
    );
    const metrics = await namespace.metrics();
    assert.ok(metrics.sum('node_network_receive_bytes_total', { device: 'lo' }) > 0);
    assert.equal(metrics.sum('sidekick_netprobe_collector_success', { collector: 'sockets' }), 1);
  });
