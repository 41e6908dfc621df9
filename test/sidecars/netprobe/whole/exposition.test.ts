// What Prometheus' own tool says of the metrics, and that they are there without IPv6.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { Probed } from './probed.ts';

/** What promtool says of metrics, a line for each fault. */
function faults(text: string): string[] {
  const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.ok(status === 0 || status === 3, stderr);
  return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
}

async function expositionOf(namespace: Probed, env: Readonly<Record<string, string>>): Promise<string> {
  await namespace.begin({ NETPROBE_CHECKS: 'tcp://127.0.0.1:1', ...env });
  const { port } = await namespace.serve('127.0.0.1', 'server');
  await namespace.ask('127.0.0.1', port, 50, 'server');
  return (await namespace.get('http://127.0.0.1:9804/metrics')).text;
}

test(
  'its own metrics have no fault; those of node_exporter have the one that they have there',
  needs('linux', 'root', 'promtool'),
  async (t) => {
    assert.deepEqual(faults(await expositionOf(new Probed(t), { NETPROBE_NODE_PREFIX: 'off' })), []);
    const rest = faults(await expositionOf(new Probed(t), {})).filter(
      (line) => !/^node_netstat_\w+ metric names should be written in 'snake_case'/.test(line),
    );
    assert.deepEqual(rest, []);
  },
);

test('without IPv6 it does without', needs('linux', 'root'), async (t) => {
  const namespace = new Probed(t, { ipv6: false });
  const text = await expositionOf(namespace, {});
  assert.match(text, /^sidekick_netprobe_tcp_peer_opened_total\{direction="in",peer="127\.0\.0\.1",port="\d+"\} 50$/m);
  assert.doesNotMatch(text, /^sidekick_netprobe_collector_success\{.*\} 0$/m);
});
