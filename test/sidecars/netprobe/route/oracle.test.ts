import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import type { Address } from '../../../../sidecars/netprobe/route/addresses.ts';
import { addressJson, linkJson, namesOf, neighbourJson, routeJson } from '../../../../sidecars/netprobe/route/json.ts';
import type { Neighbour } from '../../../../sidecars/netprobe/route/neighbours.ts';
import { Namespace } from './scene.ts';

const root = needs('linux', 'root');
type Json = Record<string, unknown>;

/** Those fields of the oracle that ours have, which have to be the same. */
function same(ours: readonly Json[], theirs: readonly Json[]): void {
  assert.deepEqual(
    ours,
    theirs.map((their, index) => pick(their, ours[index] ?? {})),
  );
  assert.equal(ours.length, theirs.length);
}

function pick(their: unknown, ours: unknown): unknown {
  if (Array.isArray(their)) return their.map((each, index) => pick(each, (ours as unknown[] | undefined)?.[index]));
  if (typeof their !== 'object' || their === null || typeof ours !== 'object' || ours === null) return their;
  return Object.fromEntries(
    Object.entries(their)
      .filter(([key]) => key in ours)
      .map(([key, value]) => [key, pick(value, (ours as Json)[key])]),
  );
}

/** A namespace with about everything that an interface can be. */
function busy(t: TestContext) {
  const here = new Namespace(t);
  const there = new Namespace(t);
  here.connect('eth0', there, 'eth9');
  for (const name of ['lo']) for (const each of [here, there]) each.ip('link', 'set', name, 'up');
  here.ip('link', 'add', 'br0', 'type', 'bridge');
  here.ip('link', 'add', 'v1', 'mtu', '9000', 'type', 'veth', 'peer', 'name', 'v2');
  here.ip('link', 'set', 'v2', 'master', 'br0');
  here.ip('link', 'set', 'v1', 'up', 'promisc', 'on', 'allmulticast', 'on');
  here.ip('link', 'set', 'br0', 'up');
  here.ip('addr', 'add', '10.9.0.2/24', 'brd', '+', 'dev', 'eth0');
  here.ip('addr', 'add', '10.9.0.3/24', 'dev', 'eth0', 'label', 'eth0:extra');
  here.ip('addr', 'add', '10.8.0.1', 'peer', '10.8.0.2/32', 'dev', 'br0');
  here.ip('addr', 'add', '10.7.0.1/24', 'dev', 'br0', 'valid_lft', '1000', 'preferred_lft', '500');
  here.ip('addr', 'add', 'fd09::2/64', 'dev', 'eth0', 'nodad');
  here.ip('addr', 'add', '2001:db8::5', 'peer', '2001:db8::6/64', 'dev', 'br0', 'nodad');
  there.ip('addr', 'add', '10.9.0.1/24', 'dev', 'eth9');
  there.ip('addr', 'add', 'fd09::1/64', 'dev', 'eth9', 'nodad');
  return { here, there };
}

test('links are those of ip(8)', root, async (t) => {
  const { here } = busy(t);
  const tables = here.tables();
  // IPv6 has a word to say now and then, which is counted between the two looks
  await until('both see the same', () => {
    const ours = tables.links();
    const theirs = here.json('-d', '-s', 'link');
    if (statistics(ours.map((link) => linkJson(link, namesOf(ours)))) !== statistics(theirs)) return false;
    same(
      ours.map((link) => linkJson(link, namesOf(ours))),
      // which ip(8) finds by the other end
      theirs.map((link) => ({ ...link, flags: (link.flags as string[]).filter((flag) => flag !== 'M-DOWN') })),
    );
    return true;
  });
  const kinds = Object.fromEntries(tables.links().map(({ name, kind, up, running }) => [name, [kind, up, running]]));
  assert.deepEqual(
    [kinds.lo, kinds.eth0, kinds.br0, kinds.v1, kinds.v2],
    [
      ['', true, true],
      ['veth', true, true],
      ['bridge', true, false],
      ['veth', true, false],
      ['veth', false, false],
    ],
  );
});

function statistics(links: readonly Json[]): string {
  const counts = (of: unknown) => {
    const { bytes, packets, errors, dropped } = of as Json;
    return [bytes, packets, errors, dropped];
  };
  return JSON.stringify(links.map(({ stats64 }) => [counts((stats64 as Json).rx), counts((stats64 as Json).tx)]));
}

test('what goes through a link is counted', root, (t) => {
  const { here, there } = busy(t);
  const read = (of: Namespace, name: string) =>
    of
      .tables()
      .links()
      .find((link) => link.name === name);
  const before = [read(here, 'eth0'), read(there, 'eth9')];
  for (let count = 0; count < 5; count += 1) here.send('10.9.0.1', 1000);
  const after = [read(here, 'eth0'), read(there, 'eth9')];
  const grown = (way: 'sent' | 'received', of: number) => (after[of]?.[way].bytes ?? 0) - (before[of]?.[way].bytes ?? 0);
  assert.ok(grown('sent', 0) >= 5 * 1042 && grown('sent', 0) < 7000, `${grown('sent', 0)} bytes`);
  assert.ok(grown('received', 1) >= 5 * 1042 && grown('received', 1) < 7000, `${grown('received', 1)} bytes`);
});

test('addresses are those of ip(8)', root, async (t) => {
  const { here } = busy(t);
  const tables = here.tables();
  await until('no address is tentative', () => tables.addresses().every(({ flags }) => !flags.includes('tentative')));
  const links = tables.links();
  const addresses = tables.addresses();
  const of = ({ index }: { index: number }) => addresses.filter(({ link }: Address) => link === index);
  const theirs = here.json('addr').map(({ addr_info: all }) => (all as Json[]).map(withoutTime));
  assert.deepEqual(
    links.map((link) => of(link).map((address) => withoutTime(addressJson(address)))),
    theirs,
  );
  const dynamic = addresses.find(({ address }) => address === '10.7.0.1');
  assert.ok(dynamic !== undefined && dynamic.validSeconds > 900 && dynamic.validSeconds <= 1000);
  assert.ok(dynamic.preferredSeconds > 400 && dynamic.preferredSeconds <= 500);
});

/** Seconds pass between the two looks. */
function withoutTime({ valid_life_time: valid, preferred_life_time: preferred, ...rest }: Json): Json {
  return { ...rest, forever: valid === 0xffff_ffff && preferred === 0xffff_ffff };
}

test('routes are those of ip(8), of the table main and of another one', root, (t) => {
  const { here } = busy(t);
  for (const route of [
    'default via 10.9.0.1 dev eth0 proto static metric 100',
    'default via 10.9.0.254 dev eth0 metric 200 onlink',
    '192.0.2.0/24 via 10.9.0.1 src 10.9.0.3',
    '198.51.100.7 dev br0 scope link',
    '203.0.113.0/24 nexthop via 10.9.0.1 dev eth0 weight 3 nexthop via 10.9.0.9 dev eth0',
    'blackhole 172.30.0.0/16',
    'unreachable 172.31.0.0/16 metric 7',
    'prohibit 172.29.1.1',
    '192.168.77.0/24 via inet6 fd09::1 dev eth0',
    '10.77.0.0/16 via 10.9.0.1 table 1234',
  ])
    here.ip('route', 'add', ...route.split(' '));
  for (const route of [
    'default via fd09::1 dev eth0 metric 50',
    '2001:db8:1::/48 via fe80::1 dev eth0 pref high',
    '2001:db8:2::/48 nexthop via fd09::1 dev eth0 nexthop via fd09::3 dev eth0 weight 2',
    'unreachable 2001:db8:3::/48',
  ])
    here.ip('-6', 'route', 'add', ...route.split(' '));
  const tables = here.tables();
  const nameOf = namesOf(tables.links());
  const ours = (family: 4 | 6, table?: number) =>
    tables
      .routes(table)
      .filter((route) => route.family === family)
      .map((route) => routeJson(route, nameOf));
  assert.deepEqual(sorted(ours(4)), sorted(here.json('-4', 'route')));
  assert.deepEqual(sorted(ours(6)), sorted(here.json('-6', 'route')));
  assert.deepEqual(ours(4, 1234), here.json('-4', 'route', 'show', 'table', '1234'));
  assert.equal(tables.gateway(), '10.9.0.1');
});

/** In one order, the fields of each too. */
function sorted(all: readonly Json[]): string[] {
  return all.map((each) => JSON.stringify(Object.entries(each).sort())).sort();
}

test('neighbours are those of ip(8), in every state that they may be in', root, async (t) => {
  const { here, there } = busy(t);
  const tables = here.tables();
  here.send('10.9.0.1');
  here.send('fd09::1');
  here.ip('neigh', 'add', '10.9.0.50', 'lladdr', '02:00:00:00:00:50', 'dev', 'eth0');
  here.ip('neigh', 'add', '10.9.0.51', 'lladdr', '02:00:00:00:00:51', 'dev', 'eth0', 'nud', 'stale');
  here.ip('neigh', 'add', '10.9.0.52', 'lladdr', '02:00:00:00:00:52', 'dev', 'eth0', 'nud', 'noarp');
  here.ip('neigh', 'add', 'fd09::7', 'lladdr', '02:00:00:00:00:07', 'router', 'dev', 'eth0', 'nud', 'stale');
  here.ip('neigh', 'add', 'proxy', '10.9.0.99', 'dev', 'eth0');
  // nobody has this address
  here.send('10.9.0.77');
  const stateOf = (address: string) => tables.neighbours().find((each: Neighbour) => each.address === address)?.state;
  await until('the one that nobody has is FAILED', () => stateOf('10.9.0.77') === 'FAILED');
  await until(
    'both see the same',
    () => {
      const nameOf = namesOf(tables.links());
      const ours = sorted(tables.neighbours().map((each) => neighbourJson(each, nameOf)));
      return JSON.stringify(ours) === JSON.stringify(sorted(here.json('neigh')));
    },
    5000,
  );
  assert.equal(stateOf('10.9.0.50'), 'PERMANENT');
  assert.equal(stateOf('10.9.0.51'), 'STALE');
  assert.equal(stateOf('10.9.0.52'), undefined);
  assert.equal(stateOf('10.9.0.99'), undefined);
  assert.ok(tables.neighbours().some(({ address, router }) => address === 'fd09::7' && router));
  assert.equal(
    tables.neighbours().find(({ address }) => address === '10.9.0.1')?.mac,
    there.json('link', 'show', 'eth9')[0]?.address,
  );
});

test('with IPv6 turned off there is IPv4 alone', root, (t) => {
  const { here } = busy(t);
  here.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
  const tables = here.tables();
  assert.deepEqual([...new Set(tables.addresses().map(({ family }) => family))], [4]);
  assert.ok(tables.routes().every(({ family }) => family === 4));
  assert.ok(tables.links().length > 3);
  assert.equal(tables.gateway(), undefined);
});

test('in a namespace with nothing there is lo, which is down', root, (t) => {
  const tables = new Namespace(t).tables();
  const [lo, ...more] = tables.links().filter(({ type }) => type === 'loopback');
  assert.deepEqual([lo?.name, lo?.up, lo?.running, more.length], ['lo', false, false, 0]);
  assert.deepEqual([tables.addresses(), tables.routes(), tables.neighbours(), tables.gateway()], [[], [], [], undefined]);
});

test('the gateway of IPv6 counts where there is none of IPv4, with its interface where that is needed', root, (t) => {
  const { here } = busy(t);
  const tables = here.tables();
  here.ip('-6', 'route', 'add', 'default', 'via', 'fd09::1', 'dev', 'eth0', 'metric', '50');
  assert.equal(tables.gateway(), 'fd09::1');
  here.ip('-6', 'route', 'add', 'default', 'via', 'fe80::1', 'dev', 'eth0', 'metric', '10');
  assert.equal(tables.gateway(), 'fe80::1%eth0');
  here.ip('route', 'add', 'unreachable', 'default', 'metric', '5');
  assert.equal(tables.gateway(), 'fe80::1%eth0');
  here.ip('route', 'add', 'default', 'nexthop', 'via', '10.9.0.1', 'nexthop', 'via', '10.9.0.4');
  assert.equal(tables.gateway(), '10.9.0.1');
});
