import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Metrics } from '#shared/metrics.ts';
import { type Around, observeLinks } from '../../../../sidecars/netprobe/metrics/links.ts';
import type { RouteEvent } from '../../../../sidecars/netprobe/route/changes.ts';
import { Namespace } from './scene.ts';

/** The series of an exposition, without the prefix. */
function series(metrics: Metrics): string[] {
  return metrics
    .text()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace('sidekick_netprobe_', ''));
}

test('neighbours, the gateway and changes of a namespace are counted', needs('linux', 'root'), async (t) => {
  const [here, there] = [new Namespace(t), new Namespace(t)];
  for (const each of [here, there])
    each.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
  const [tables, changes] = [here.tables(), here.changes()];
  const metrics = new Metrics('sidekick_netprobe');
  const changed = observeLinks(metrics, () => ({
    links: tables.links(),
    neighbours: tables.neighbours(),
    gateway: tables.gateway(),
  }));
  const look = () => {
    changed(changes.poll());
    return series(metrics);
  };
  assert.deepEqual(look(), ['link_events_lost_total 0']);

  here.connect('eth0', there, 'eth9');
  here.ip('addr', 'add', '10.9.0.2/24', 'dev', 'eth0');
  there.ip('addr', 'add', '10.9.0.1/24', 'dev', 'eth9');
  here.ip('route', 'add', 'default', 'via', '10.9.0.1');
  const before = look();
  assert.ok(before.includes('link_changes_total{change="added",device="eth0"} 1'), before.join('\n'));
  assert.ok(before.some((line) => line.startsWith('link_changes_total{change="changed",device="eth0"}')));
  assert.ok(before.includes('address_changes_total{change="added",device="eth0"} 1'));
  // the network, and the default route; not those of the table local
  assert.ok(before.includes('route_changes_total{change="added"} 2'));
  // nobody has needed it yet
  assert.ok(!before.some((line) => line.startsWith('gateway_reachable')));

  here.send('10.9.0.1');
  const after = look();
  assert.ok(after.includes('neighbours{device="eth0",state="reachable"} 1'), after.join('\n'));
  assert.ok(after.includes('gateway_reachable{gateway="10.9.0.1"} 1'));
  assert.ok(!after.some((line) => line.startsWith('neighbour_failures_total')));

  there.ip('addr', 'del', '10.9.0.1/24', 'dev', 'eth9');
  here.ip('neigh', 'del', '10.9.0.1', 'dev', 'eth0');
  here.send('10.9.0.1');
  await until('the gateway has failed', () => look().includes('neighbours{device="eth0",state="failed"} 1'));
  const failed = look();
  assert.ok(failed.includes('gateway_reachable{gateway="10.9.0.1"} 0'));
  // that it was deleted is no failure
  assert.ok(failed.includes('neighbour_failures_total{device="eth0"} 1'), failed.join('\n'));

  there.ip('link', 'delete', 'eth9');
  await until('the link is gone', () => look().includes('link_changes_total{change="removed",device="eth0"} 1'));
});

test('devices that come and go for ever have no series for ever', () => {
  const metrics = new Metrics('sidekick_netprobe');
  const changed = observeLinks(metrics, () => undefined);
  const link = {
    kind: '',
    type: 'ether',
    flags: [],
    up: true,
    running: true,
    state: 'UP',
    mtu: 1500,
    mac: '',
    master: 0,
    peer: 0,
  };
  const traffic = { bytes: 0, packets: 0, errors: 0, drops: 0 };
  const events = Array.from(
    { length: 5000 },
    (_, index): RouteEvent => ({
      kind: 'link',
      change: 'added',
      link: { ...link, index: index + 1, name: `veth${index}`, peerElsewhere: true, received: traffic, sent: traffic },
    }),
  );
  changed(events);
  changed([{ kind: 'lost' }, { kind: 'lost' }]);
  const all = series(metrics);
  assert.equal(all.length, 102);
  assert.ok(all.includes('link_changes_total{change="added",device="other"} 4900'));
  assert.ok(all.includes('link_events_lost_total 2'));
});

test('a gateway that is known on a link alone is found there', () => {
  const metrics = new Metrics('sidekick_netprobe');
  const neighbour = { family: 6, address: 'fe80::1', mac: '', router: true } as const;
  const links = [
    { index: 2, name: 'eth0' },
    { index: 3, name: 'eth1' },
  ] as unknown as Around['links'];
  observeLinks(metrics, () => ({
    links,
    gateway: 'fe80::1%eth1',
    neighbours: [
      { ...neighbour, link: 2, state: 'REACHABLE' },
      { ...neighbour, link: 3, state: 'INCOMPLETE' },
    ],
  }));
  assert.ok(series(metrics).includes('gateway_reachable{gateway="fe80::1%eth1"} 0'));
});
