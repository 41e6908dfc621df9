// Who owns the namespace restarts: the probe stays, says so, and ends by itself only where it is asked to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkNamespace } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Probed } from './probed.ts';

const here = needs('linux', 'root');

test('the last link is taken away and comes back', here, async (t) => {
  const [namespace, other] = [new Probed(t), new NetworkNamespace(t)];
  namespace.connect('eth0', other, 'eth0');
  const probe = await namespace.begin();
  assert.equal((await namespace.metrics()).sum('sidekick_netprobe_netns_orphaned'), 0);
  other.ip('link', 'delete', 'eth0');
  await probe.says('its owner is gone');
  const live = await namespace.get('http://127.0.0.1:9804/livez');
  assert.equal(live.status, 503);
  assert.match(live.text, /the namespace is orphaned.*let a container that does nothing own the namespace/);
  const metrics = await namespace.metrics();
  assert.equal(metrics.sum('sidekick_netprobe_netns_orphaned'), 1);
  assert.equal(metrics.sum('sidekick_netprobe_link_changes_total', { device: 'eth0', change: 'removed' }), 1);
  assert.equal((await namespace.status()).namespace.orphaned, true);
  // as docker network connect does
  namespace.connect('eth0', other, 'eth0');
  await until('it is well again', () => namespace.ready());
  assert.equal((await namespace.metrics()).sum('sidekick_netprobe_netns_orphaned'), 0);
  assert.equal(probe.child.exitCode, null);
});

test('asked to, it ends with 1 after a while', here, async (t) => {
  const [namespace, other] = [new Probed(t), new NetworkNamespace(t)];
  namespace.connect('eth0', other, 'eth0');
  const probe = await namespace.begin({ NETPROBE_EXIT_ON_ORPHAN: '300ms' });
  other.ip('link', 'delete', 'eth0');
  const { code, stdout } = await probe.ended;
  assert.equal(code, 1);
  assert.match(stdout, /ended, as its owner is gone/);
});

test('a namespace that never had more than lo has no owner to lose', here, async (t) => {
  const namespace = new Probed(t);
  await namespace.begin();
  assert.equal((await namespace.metrics()).sum('sidekick_netprobe_netns_orphaned'), 0);
});
