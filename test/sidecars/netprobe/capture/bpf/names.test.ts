import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter } from '../../../../../sidecars/netprobe/capture/bpf/compile-filter.ts';
import { type FilterExpression, hostNamesOf, withAddresses } from '../../../../../sidecars/netprobe/capture/bpf/expression.ts';
import { FilterError } from '../../../../../sidecars/netprobe/capture/bpf/filter-error.ts';
import { parseCaptureFilter } from '../../../../../sidecars/netprobe/capture/bpf/parse-filter.ts';

function parsed(text: string): FilterExpression {
  const expression = parseCaptureFilter(text);
  assert.ok(expression);
  return expression;
}

function programOf(expression: FilterExpression) {
  return compileFilter(expression, { linkType: 1, snapLength: 65_535, vlan: 'frame' });
}

const addresses = new Map([
  ['web', ['10.0.0.1']],
  ['db', ['10.0.0.2', 'fd00::2']],
  ['six', ['fd00::6']],
  ['none', []],
]);

test('the names of hosts are those of hosts, each once', () => {
  assert.deepEqual(hostNamesOf(parsed('host web or db and not (src db or dst \\tcp) and port http and ether proto \\ip')), [
    'web',
    'db',
    'tcp',
  ]);
  assert.deepEqual(hostNamesOf(parsed('tcp port 80')), []);
});

test('a name is as good as its addresses', () => {
  for (const [named, plain] of [
    ['host web', 'host 10.0.0.1'],
    ['src web and tcp', 'src 10.0.0.1 and tcp'],
    ['ip host db', 'ip host 10.0.0.2'],
    ['ip6 host db', 'ip6 host fd00::2'],
    ['not arp host db', 'not arp host 10.0.0.2'],
    ['dst host db', 'dst host 10.0.0.2 or dst host fd00::2'],
    ['src and dst host six or web', 'src and dst host fd00::6 or 10.0.0.1'],
    ['vlan 5 and host web', 'vlan 5 and host 10.0.0.1'],
    ['host (web or six)', 'host (10.0.0.1 or fd00::6)'],
  ] as const)
    assert.deepEqual(programOf(withAddresses(parsed(named), addresses)), programOf(parsed(plain)), named);
});

test('a name without an address that fits is an error at its place', () => {
  for (const [text, message] of [
    ['tcp and host unheard', /^no address is known of unheard; give an address instead/],
    ['tcp and host none', /^no address is known of none/],
    ['udp or ip host six', /^no IPv4 address is known of six/],
    ['udp or ip6 host web', /^no IPv6 address is known of web/],
  ] as const)
    assert.throws(
      () => withAddresses(parsed(text), addresses),
      (error: unknown) =>
        error instanceof FilterError && message.test(error.message) && error.position === text.lastIndexOf(' ') + 1,
      text,
    );
  assert.throws(() => programOf(parsed('host web')), FilterError, 'names have to be resolved before');
});

test('ports have names, and with them their transport', () => {
  for (const [named, plain] of [
    ['port http', 'tcp port 80'],
    ['port domain', 'port 53'],
    ['udp port domain', 'udp port 53'],
    ['port https', 'port 443'],
    ['port redis or postgresql or mysql', 'tcp port 6379 or 5432 or 3306'],
    ['port ntp', 'udp port 123'],
    ['src port ssh', 'tcp src port 22'],
    ['portrange ssh-smtp', 'tcp portrange 22-25'],
    ['portrange http-https', 'portrange 80-443'],
  ] as const)
    assert.deepEqual(programOf(parsed(named)), programOf(parsed(plain)), named);
});
