import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { Namespace } from '../route/scene.ts';

const root = needs('linux', 'root');

/** Two namespaces, eth0 in the one and eth9 in the other. */
function pair(t: TestContext): Namespace {
  const [here, there] = [new Namespace(t), new Namespace(t)];
  for (const each of [here, there])
    each.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
  here.ip('link', 'set', 'lo', 'up');
  here.connect('eth0', there, 'eth9');
  here.ip('link', 'set', 'eth0', 'address', '02:00:00:00:00:02');
  here.ip('addr', 'add', '10.9.0.2/24', 'dev', 'eth0');
  here.ip('route', 'add', 'default', 'nexthop', 'via', '10.9.0.1', 'nexthop', 'via', '10.9.0.3');
  here.ip('route', 'add', 'blackhole', '172.16.0.0/12', 'metric', '7');
  here.ip('neigh', 'add', '10.9.0.1', 'lladdr', '02:00:00:00:00:01', 'dev', 'eth0');
  return here;
}

test('addresses, links, routes and neighbours are tables for people', root, (t) => {
  const here = pair(t);
  const peer = here.json('link', 'show', 'eth0')[0]?.link_index;
  const eth0 = `eth0@if${peer}`;
  const without = (text: string) => text.replaceAll(/ +/g, ' ');
  assert.equal(
    without(here.probe('ip', 'addr').stdout),
    `INTERFACE STATE ADDRESSES\nlo UNKNOWN 127.0.0.1/8\n${eth0} UP 10.9.0.2/24\n`,
  );
  const link = without(here.probe('ip', 'link').stdout);
  assert.match(link, new RegExp(`^${eth0} UP 1500 02:00:00:00:00:02 \\d+ 0 0 \\d+ 0 0 <BROADCAST,MULTICAST,UP,LOWER_UP>$`, 'm'));
  assert.equal(
    without(here.probe('ip', 'route').stdout),
    [
      'DESTINATION VIA INTERFACE SOURCE METRIC BY FLAGS',
      'default 10.9.0.1 eth0 boot',
      ' 10.9.0.3 eth0',
      '10.9.0.0/24 eth0 10.9.0.2 kernel',
      'blackhole 172.16.0.0/12 7 boot',
      '',
    ].join('\n'),
  );
  assert.equal(
    without(here.probe('ip', 'n').stdout),
    'NEIGHBOUR INTERFACE MAC STATE\n10.9.0.1 eth0 02:00:00:00:00:01 PERMANENT\n',
  );
  const all = here.probe('ip').stdout;
  assert.equal(all.split('\n\n').length, 4);
  assert.ok(all.includes(here.probe('ip', 'route').stdout));
});

test('as JSON they have the fields of ip(8)', root, (t) => {
  const here = pair(t);
  const ask = (...args: string[]) => JSON.parse(here.probe('ip', ...args, '--json').stdout);
  assert.deepEqual(ask('route'), here.json('route'));
  assert.deepEqual(ask('neigh'), here.json('neigh'));
  const [, theirs] = here.json('addr');
  const [, ours] = ask('addr');
  assert.deepEqual(ours.addr_info, theirs?.addr_info);
  for (const field of ['ifname', 'ifindex', 'link_index', 'flags', 'mtu', 'operstate', 'link_type', 'address'])
    assert.deepEqual(ours[field], theirs?.[field], field);
  assert.deepEqual(Object.keys(ask()), ['address', 'route', 'neigh']);
  assert.deepEqual(ask().route, here.json('route'));
});

test('one family, or one interface, is shown alone', root, (t) => {
  const here = pair(t);
  here.run('sysctl', '-qw', 'net.ipv6.conf.eth0.disable_ipv6=0');
  here.ip('addr', 'add', 'fd09::2/64', 'dev', 'eth0', 'nodad');
  const families = (...args: string[]) =>
    JSON.parse(here.probe('ip', ...args, '--json').stdout)
      .flatMap((link: { addr_info: { family: string }[] }) => link.addr_info)
      .map(({ family }: { family: string }) => family);
  assert.deepEqual([...new Set(families('-4', 'addr'))], ['inet']);
  assert.deepEqual([...new Set(families('-6', 'addr'))], ['inet6']);
  assert.deepEqual([...new Set(families('addr'))].sort(), ['inet', 'inet6']);
  const names = JSON.parse(here.probe('ip', 'addr', 'show', 'dev', 'lo', '--json').stdout);
  assert.deepEqual(
    names.map(({ ifname }: { ifname: string }) => ifname),
    ['lo'],
  );
  assert.match(here.probe('ip', '-6', 'route').stdout, /^fd09::\/64 /m);
  assert.doesNotMatch(here.probe('ip', '-6', 'route').stdout, /10\.9/);
});

test('what it does not know is told', root, (t) => {
  const here = new Namespace(t);
  for (const [words, code, text] of [
    [['rule'], 64, /ip rule is not known here/],
    [['addr', 'add', '10.0.0.1/8'], 64, /changes nothing/],
    [['link', 'show', 'dev'], 64, /only show and dev NAME may follow/],
    [['link', 'show', 'dev', 'eth7'], 1, /there is no interface eth7; there are lo/],
  ] as const) {
    const { code: ended, stderr, stdout } = here.probe('ip', ...words);
    assert.equal(ended, code, stderr);
    assert.match(stderr, text);
    assert.equal(stdout, '');
  }
});
