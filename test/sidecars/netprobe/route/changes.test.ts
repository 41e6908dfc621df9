import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Dump, dumpAll } from '#shared/linux/netlink/dump.ts';
import { NETLINK } from '#shared/linux/netlink/message.ts';
import { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import type { RouteChanges, RouteEvent } from '../../../../sidecars/netprobe/route/changes.ts';
import { decodeLink, ifinfomsg } from '../../../../sidecars/netprobe/route/links.ts';
import { ownership, unknownOwner } from '../../../../sidecars/netprobe/route/orphan.ts';
import { dumpRequest, RTM } from '../../../../sidecars/netprobe/route/rtnetlink.ts';
import { Namespace } from './scene.ts';

const root = needs('linux', 'root');

/** An event in a line. */
function shown(event: RouteEvent): string {
  switch (event.kind) {
    case 'link':
      return `link ${event.change} ${event.link.name}`;
    case 'address':
      return `address ${event.change} ${event.address.address}/${event.address.prefix}`;
    case 'route':
      return `route ${event.change} ${event.route.destination} table ${event.route.table}`;
    case 'neighbour':
      return `neighbour ${event.change} ${event.neighbour.address} ${event.neighbour.state}`;
    case 'lost':
      return 'lost';
  }
}

/** Waits until such an event comes, and gives all that came with and before it. */
async function hear(changes: RouteChanges, line: string): Promise<string[]> {
  const heard: string[] = [];
  await until(
    `"${line}" is heard`,
    () => {
      heard.push(...changes.poll().map(shown));
      return heard.includes(line);
    },
    10_000,
  );
  return heard;
}

/** Without IPv6, which has much to say of its own. */
function quiet(t: ConstructorParameters<typeof Namespace>[0]): Namespace {
  const here = new Namespace(t);
  here.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
  return here;
}

test('a link that is added, turned on, renamed and removed is heard of', root, async (t) => {
  const here = quiet(t);
  const changes = here.changes();
  assert.deepEqual(changes.poll(), []);
  here.ip('link', 'add', 'v1', 'type', 'veth', 'peer', 'name', 'v2');
  const added = await hear(changes, 'link added v1');
  assert.ok(added.includes('link added v2') || (await hear(changes, 'link added v2')));
  here.ip('link', 'set', 'v1', 'up');
  assert.ok(!(await hear(changes, 'link changed v1')).includes('link added v1'));
  here.ip('link', 'set', 'v2', 'name', 'other');
  await hear(changes, 'link changed other');
  here.ip('link', 'delete', 'v1');
  const removed = await hear(changes, 'link removed v1');
  assert.ok(removed.includes('link removed other') || (await hear(changes, 'link removed other')));
});

test('a link that leaves for another namespace is removed, one that comes is added', root, async (t) => {
  const [here, there] = [quiet(t), quiet(t)];
  here.ip('link', 'add', 'v1', 'type', 'veth', 'peer', 'name', 'v2');
  const [from, to] = [here.changes(), there.changes()];
  here.ip('link', 'set', 'v1', 'netns', there.name);
  await hear(from, 'link removed v1');
  await hear(to, 'link added v1');
});

test('that a port leaves its bridge is no end of the link', root, async (t) => {
  const here = quiet(t);
  here.ip('link', 'add', 'br0', 'type', 'bridge');
  here.ip('link', 'add', 'v1', 'type', 'veth', 'peer', 'name', 'v2');
  here.ip('link', 'set', 'v1', 'master', 'br0');
  const changes = here.changes();
  here.ip('link', 'set', 'v1', 'nomaster');
  here.ip('link', 'set', 'v2', 'mtu', '1400');
  const heard = await hear(changes, 'link changed v2');
  assert.ok(heard.includes('link changed v1'));
  assert.ok(!heard.some((line) => line.includes('removed')), heard.join('\n'));
});

test('addresses and routes that come and go are heard of', root, async (t) => {
  const here = quiet(t);
  here.ip('link', 'add', 'v1', 'type', 'veth', 'peer', 'name', 'v2');
  for (const name of ['v1', 'v2']) here.ip('link', 'set', name, 'up');
  const changes = here.changes();
  here.ip('addr', 'add', '10.1.2.3/24', 'dev', 'v1');
  const heard = await hear(changes, 'address added 10.1.2.3/24');
  assert.ok(heard.includes('route added 10.1.2.0/24 table 254') || (await hear(changes, 'route added 10.1.2.0/24 table 254')));
  here.ip('route', 'add', 'default', 'via', '10.1.2.1');
  await hear(changes, 'route added default table 254');
  here.ip('route', 'del', 'default');
  await hear(changes, 'route removed default table 254');
  here.ip('addr', 'del', '10.1.2.3/24', 'dev', 'v1');
  await hear(changes, 'address removed 10.1.2.3/24');
  here.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=0', 'net.ipv6.conf.v1.disable_ipv6=0');
  here.ip('addr', 'add', 'fd01::5/64', 'dev', 'v1');
  await hear(changes, 'address added fd01::5/64');
  here.ip('-6', 'route', 'add', 'fd02::/64', 'dev', 'v1');
  await hear(changes, 'route added fd02::/64 table 254');
});

test('a neighbour that does not answer is heard of as FAILED, one that is deleted as removed', root, async (t) => {
  const [here, there] = [quiet(t), quiet(t)];
  here.connect('eth0', there, 'eth9');
  here.ip('addr', 'add', '10.9.0.2/24', 'dev', 'eth0');
  const changes = here.changes();
  here.send('10.9.0.77');
  await hear(changes, 'neighbour added 10.9.0.77 FAILED');
  here.ip('neigh', 'add', '10.9.0.50', 'lladdr', '02:00:00:00:00:50', 'dev', 'eth0');
  await hear(changes, 'neighbour added 10.9.0.50 PERMANENT');
  here.ip('neigh', 'del', '10.9.0.50', 'dev', 'eth0');
  await hear(changes, 'neighbour removed 10.9.0.50 FAILED');
});

test('when more changes than can be kept, that is told, and what comes after it is heard', root, async (t) => {
  const here = quiet(t);
  here.ip('link', 'set', 'lo', 'up');
  const changes = here.changes();
  // each comes in a buffer of its own, which the kernel accounts with some 700 bytes of the 212,992
  const lines = Array.from({ length: 4000 }, (_, index) => `route add 10.${index >> 8}.${index & 255}.0/24 dev lo`);
  execFileSync('ip', ['-n', here.name, '-batch', '-'], { input: lines.join('\n') });
  const heard = changes.poll().map(shown);
  let more = changes.poll().map(shown);
  while (more.length > 0) {
    heard.push(...more);
    more = changes.poll().map(shown);
  }
  assert.equal(heard.filter((line) => line === 'lost').length, 1);
  assert.ok(heard.length > 100 && heard.length < 4000, `${heard.length} events`);
  assert.equal(here.tables().routes().length, 4000);
  here.ip('route', 'add', '192.0.2.0/24', 'dev', 'lo');
  assert.ok(!(await hear(changes, 'route added 192.0.2.0/24 table 254')).includes('lost'));
});

test('all that came since the last look is read by the next, nothing twice', root, (t) => {
  const here = quiet(t);
  here.ip('link', 'set', 'lo', 'up');
  const changes = here.changes();
  let seen = 0;
  for (let round = 0; round < 3; round += 1) {
    const lines = Array.from({ length: 200 }, (_, index) => `route add 10.${round}.${index}.0/24 dev lo`);
    execFileSync('ip', ['-n', here.name, '-batch', '-'], { input: lines.join('\n') });
    seen += changes.poll().length;
  }
  assert.equal(seen, 600);
});

test('a dump of links during which one is added says so, and is made again', root, (t) => {
  const here = quiet(t);
  const count = 60;
  const lines = Array.from({ length: count }, (_, index) => `link add v${index} type veth peer name w${index}`);
  execFileSync('ip', ['-n', here.name, '-batch', '-'], { input: lines.join('\n') });
  const socket = here.within(() => new NetlinkSocket(here.libc, NETLINK.ROUTE));
  const request = dumpRequest(RTM.GETLINK, ifinfomsg.size);
  const dump = new Dump(socket, request);
  assert.ok(dump.next(() => {}));
  here.ip('link', 'add', 'late1', 'type', 'veth', 'peer', 'name', 'late2');
  while (dump.next(() => {}));
  assert.equal(dump.interrupted, true);

  let visits = 0;
  const names = dumpAll(socket, request, (received, from, end) => {
    visits += 1;
    if (visits === 5) here.ip('link', 'add', 'later1', 'type', 'veth', 'peer', 'name', 'later2');
    return decodeLink(received, from, end)?.name;
  });
  socket.close();
  assert.ok(visits > names.length, 'it was made once only');
  assert.equal(new Set(names).size, names.length);
  for (const name of ['lo', 'v0', `w${count - 1}`, 'late1', 'later2']) assert.ok(names.includes(name), name);
});

test('a namespace whose owner goes is an orphan, until it is connected again', root, async (t) => {
  const [here, bridge] = [quiet(t), quiet(t)];
  const tables = here.tables();
  let owner = ownership(unknownOwner, tables.links());
  // as with --network none
  assert.deepEqual(owner, { connected: false, orphaned: false });
  here.connect('eth0', bridge, 'veth1');
  owner = ownership(owner, tables.links());
  assert.deepEqual(owner, { connected: true, orphaned: false });
  here.ip('link', 'set', 'eth0', 'down');
  owner = ownership(owner, tables.links());
  assert.equal(owner.orphaned, false);
  const changes = here.changes();
  // what happens to the end on the bridge when the container ends
  bridge.ip('link', 'delete', 'veth1');
  await hear(changes, 'link removed eth0');
  owner = ownership(owner, tables.links());
  assert.deepEqual(owner, { connected: true, orphaned: true });
  here.connect('eth0', bridge, 'veth1');
  assert.deepEqual(ownership(owner, tables.links()), { connected: true, orphaned: false });
});

test('ends of tunnels that the kernel makes by itself are nobody', () => {
  const lo = { name: 'lo', type: 'loopback' };
  const alone = [lo, { name: 'tunl0', type: 'ipip' }, { name: 'sit0', type: 'sit' }, { name: 'ip6tnl0', type: 'tunnel6' }];
  assert.deepEqual(ownership(unknownOwner, alone), unknownOwner);
  const owned = ownership(unknownOwner, [...alone, { name: 'eth0', type: 'ether' }]);
  assert.deepEqual(ownership(owned, alone), { connected: true, orphaned: true });
  assert.deepEqual(ownership(owned, []), { connected: true, orphaned: true });
});
