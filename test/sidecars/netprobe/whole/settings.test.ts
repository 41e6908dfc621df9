// What the settings change that no other test turns.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Probed } from './probed.ts';

const here = needs('linux', 'root');
const hold = new URL('./programs/hold.ts', import.meta.url);
const main = fileURLToPath(new URL('../../../../sidecars/netprobe/main.ts', import.meta.url));

test('ports run short towards one destination', here, async (t) => {
  const namespace = new Probed(t);
  await namespace.begin({ NETPROBE_PORTS_WARN: '50' });
  namespace.run('sh', '-c', 'echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range');
  await said(namespace.program(hold, '50'), 'held');
  const health = async () => (await namespace.get('http://127.0.0.1:9804/readyz')).text;
  await until('that is told', async () =>
    /\[~\] ports degraded: \d+ % of the ephemeral ports 40000-40099 are in use towards 127\.0\.0\.1:7000/.test(await health()),
  );
  // it warns, and takes nobody out of service
  assert.ok(await namespace.ready());
  const metrics = await namespace.metrics();
  assert.equal(metrics.sum('sidekick_netprobe_ephemeral_ports'), 100);
  assert.ok(metrics.sum('sidekick_netprobe_ephemeral_ports_used', { destination: '127.0.0.1:7000' }) >= 60);
});

test('without events, with the own sockets, and under another prefix', here, async (t) => {
  const namespace = new Probed(t);
  const env = {
    NETPROBE_EVENTS: 'off',
    NETPROBE_OWN_SOCKETS: 'on',
    NETPROBE_NODE_PREFIX: 'sidekick_netprobe',
    NETPROBE_INTERVAL: '100ms',
  };
  await namespace.sidecar('netprobe', env).says('started');
  await until('it is ready', () => namespace.ready());
  const { source, listeners } = await namespace.status();
  assert.equal(source.events, false);
  assert.ok(listeners.some(({ address }) => address.endsWith(':9804')));
  const { text } = await namespace.get('http://127.0.0.1:9804/metrics');
  assert.match(text, /^sidekick_netprobe_network_receive_bytes_total\{device="lo"\} /m);
  assert.doesNotMatch(text, /^node_/m);
  // what lives long enough to be seen is counted all the same, when it is gone
  const holder = namespace.program(hold, '20');
  await said(holder, 'held');
  const of = async (name: string) => {
    const metrics = await namespace.metrics();
    const all = `sidekick_netprobe_tcp_peer_${name}`;
    return metrics.has(all) ? metrics.sum(all, { direction: 'in', port: '7000' }) : 0;
  };
  await until('they are seen', async () => (await of('connections')) === 30);
  await holder.stop('SIGKILL');
  await until('they are gone', async () => (await of('closed_total')) === 30);
  assert.equal((await namespace.metrics()).sum('sidekick_netprobe_events_lost_total'), 0);
});

test('who reads a result may go away', needs('linux'), () => {
  // it is gone before the first byte comes
  const script = `"$0" --disable-warning=ExperimentalWarning "$1" netstat --zeros | true; exit "\${PIPESTATUS[0]}"`;
  // SIDEKICK_TEST_… of the test run is no setting
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, process.execPath, main], {
    encoding: 'utf8',
    env: {},
  });
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});
