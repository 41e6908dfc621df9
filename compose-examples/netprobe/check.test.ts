import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { ComposeProject } from '#harness/compose.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { alerts, metrics } from './expressions.ts';

const folder = new URL('.', import.meta.url);
const env = { APP_PORT: '0', CONTROL_PORT: '0', ADMIN_PORT: '0', PROMETHEUS_PORT: '0' };

/** What the API of Prometheus says. @see https://prometheus.io/docs/prometheus/latest/querying/api/ */
async function ask<T>(prometheus: string, path: string): Promise<T> {
  const { status, data, error } = (await (await fetch(`${prometheus}/api/v1/${path}`)).json()) as Record<string, unknown>;
  if (status !== 'success') throw new Error(`${path}: ${error}`);
  return data as T;
}

interface Alerts {
  readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** The listener whose alert fires; undefined where none does. */
async function overflowing(prometheus: string): Promise<string | undefined> {
  const all = await ask<Alerts>(prometheus, 'alerts');
  const [firing] = all.alerts.filter(({ state, labels }) => state === 'firing' && labels.alertname === 'ListenerOverflow');
  return firing?.labels.port;
}

/** The value of an expression with one series; undefined where it has none. */
async function value(prometheus: string, expression: string): Promise<number | undefined> {
  const query = `query?query=${encodeURIComponent(expression)}`;
  const { result } = await ask<{ result: readonly { value: readonly [number, string] }[] }>(prometheus, query);
  return result[0] && Number(result[0].value[1]);
}

test('Prometheus sees an application stop to accept, and its alert fires and clears', needs('docker'), async (t) => {
  const compose = await ComposeProject.up(t, { folder, files: ['compose.sidekick.yaml'], env });
  assert.deepEqual(await compose.changedFrom('compose.yaml'), {});
  const prometheus = await compose.url('prometheus', 9090);
  const control = await compose.url('net', 8081);

  const { groups } = await ask<{ groups: readonly { rules: readonly { name: string }[] }[] }>(prometheus, 'rules');
  assert.deepEqual(
    groups.flatMap(({ rules }) => rules.map(({ name }) => name)),
    alerts,
  );
  const tracked = existsSync('/proc/sys/net/netfilter/nf_conntrack_count');
  const asked = metrics.filter((name) => tracked || !name.startsWith('node_nf_conntrack'));
  let missing: readonly string[] = asked;
  await until('all metrics of the rules and the dashboard are scraped', async () => {
    const names = new Set(await ask<string[]>(prometheus, 'label/__name__/values'));
    missing = asked.filter((name) => !names.has(name));
    return missing.length === 0;
  }).catch((error) => assert.fail(`${error}; missing are ${missing.join(', ')}`));
  await until('the check of the application is well', async () => {
    return (await value(prometheus, 'sidekick_netprobe_check_success{check="http://localhost:8080/"}')) === 1;
  });
  assert.equal(await overflowing(prometheus), undefined);
  assert.equal(await value(prometheus, 'sidekick_netprobe_tcp_listener_queue_limit{port="8080"}'), 16);

  await fetch(`${control}/block`, { method: 'POST' });
  await until('the alert of its listener fires', async () => (await overflowing(prometheus)) === '8080');
  const full = 'sidekick_netprobe_tcp_listener_queue_length{port="8080"}';
  assert.ok(Number(await value(prometheus, full)) >= 16, 'the queue is full');
  await until('the check fails, too', async () => {
    return (await value(prometheus, 'sidekick_netprobe_check_success{check="http://localhost:8080/"}')) === 0;
  });

  await fetch(`${control}/unblock`, { method: 'POST' });
  await until('the queue is empty', async () => (await value(prometheus, full)) === 0);
  await until('the alert clears', async () => (await overflowing(prometheus)) === undefined, 120_000);

  // the network belongs to another container: the probe does not lose it
  await compose.run('restart', '--timeout', '2', 'app');
  await until('the listener is there again', async () => (await value(prometheus, full)) === 0);
  assert.equal(await value(prometheus, 'sidekick_netprobe_netns_orphaned'), 0);
  await compose.run('stop', 'app-netprobe');
  assert.deepEqual(await compose.exitCodes('app-netprobe'), [0]);
});
