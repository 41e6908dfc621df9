// What is decided about names without asking anybody.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressSet, ipAddress } from '../../../../sidecars/ambassador/resolve/addresses.ts';
import { candidates, parseResolvConf } from '../../../../sidecars/ambassador/resolve/resolv-conf.ts';
import { srvTargets } from '../../../../sidecars/ambassador/resolve/srv.ts';

describe('resolv.conf(5)', () => {
  for (const [what, text, expected] of [
    ['an empty one', '', { search: [], ndots: 1 }],
    [
      'that of Kubernetes',
      'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
      { search: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'], ndots: 5 },
    ],
    ['that of Docker', 'nameserver 127.0.0.11\noptions edns0 trust-ad ndots:0\n', { search: [], ndots: 0 }],
    ['domain is a search list of one', 'domain a.test\n', { search: ['a.test'], ndots: 1 }],
    ['the last of domain and search counts', 'search a.test b.test\ndomain c.test\n', { search: ['c.test'], ndots: 1 }],
    ['search . is none', 'search .\n', { search: [], ndots: 1 }],
    ['full names, tabs, CR LF and blanks', ' search\ta.test.  b.test \r\n', { search: ['a.test', 'b.test'], ndots: 1 }],
    ['comments', '# search x.test\n;search y.test\nsearch a.test\n', { search: ['a.test'], ndots: 1 }],
    ['ndots is at most 15', 'options ndots:99\n', { search: [], ndots: 15 }],
    ['what is no number changes nothing', 'options ndots:x ndots\n', { search: [], ndots: 1 }],
  ] as const)
    test(what, () => assert.deepEqual(parseResolvConf(text), expected));
});

describe('the names to try', () => {
  const rules = { search: ['a.test', 'b.test'], ndots: 2 };
  for (const [name, expected] of [
    ['redis', 'redis.a.test redis.b.test redis'],
    ['redis.one', 'redis.one.a.test redis.one.b.test redis.one'],
    ['_redis._tcp.one', '_redis._tcp.one _redis._tcp.one.a.test _redis._tcp.one.b.test'],
    ['redis.', 'redis'],
  ] as const)
    test(name, () => assert.equal(candidates(name, rules).join(' '), expected));
  test('without a search list', () => assert.deepEqual(candidates('redis', { search: [], ndots: 1 }), ['redis']));
});

describe('the targets of SRV records', () => {
  const record = (name: string, port: number, priority: number) => ({ name, port, priority });
  for (const [what, records, expected] of [
    ['sorted, each once', [record('b', 2, 0), record('a', 9, 0), record('B.', 2, 0), record('a', 1, 0)], 'a:1 a:9 b:2'],
    ['the lowest priority alone', [record('a', 1, 20), record('b', 1, 10), record('c', 1, 10)], 'b:1 c:1'],
    ['"." offers nothing', [record('.', 0, 0)], ''],
    ['an empty one is "."', [record('', 0, 0), record('a', 1, 5)], 'a:1'],
    ['none', [], ''],
  ] as const)
    test(what, () =>
      assert.equal(
        srvTargets(records)
          .map(({ host, port }) => `${host}:${port}`)
          .join(' '),
        expected,
      ),
    );
});

describe('addresses', () => {
  for (const [text, expected] of [
    ['10.0.0.1', '10.0.0.1'],
    ['::1', '::1'],
    ['FD00:0:0::2', 'fd00::2'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['fe80:0::1%eth0', 'fe80::1%eth0'],
    ['redis', undefined],
    ['10.0.0', undefined],
  ] as const)
    test(text, () => assert.equal(ipAddress(text)?.address, expected));

  test('as a set: sorted, each once, IPv4 first', () => {
    const set = addressSet(['fd00::2', '10.0.0.2', '::ffff:10.0.0.2', '10.0.0.1', 'fd00:0::2']);
    assert.deepEqual(
      set.map(({ address, family }) => `${family} ${address}`),
      ['4 10.0.0.1', '4 10.0.0.2', '6 fd00::2'],
    );
  });
});
