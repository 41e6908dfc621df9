import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hostsEntries } from '../../../../../sidecars/netprobe/checks/names/hosts-file.ts';
import { candidates, parseResolvConf } from '../../../../../sidecars/netprobe/checks/names/resolv-conf.ts';

describe('resolv.conf', () => {
  test('names three servers at most, in order, and what is appended', () => {
    const text =
      '# nameserver 1.1.1.1\nnameserver 10.0.0.1\n  nameserver fd00::53\nnameserver name.test\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n' +
      'domain old.test\nsearch a.test. b.test\noptions ndots:5 timeout:1\n';
    assert.deepEqual(parseResolvConf(text), {
      servers: ['10.0.0.1', 'fd00::53', '10.0.0.3'],
      search: ['a.test', 'b.test'],
      ndots: 5,
    });
  });

  test('without a server means this host', () => {
    assert.deepEqual(parseResolvConf('garbage\nsearch\n'), { servers: ['127.0.0.1'], search: [], ndots: 1 });
  });

  test('decides the names that are tried', () => {
    const rules = { search: ['a.test', 'b.test'], ndots: 2 };
    assert.deepEqual(candidates('redis', rules), ['redis.a.test', 'redis.b.test', 'redis']);
    assert.deepEqual(candidates('redis.one.two', rules), ['redis.one.two', 'redis.one.two.a.test', 'redis.one.two.b.test']);
    assert.deepEqual(candidates('redis.', rules), ['redis']);
  });
});

test('a hosts file has all addresses of a name, whatever its letters', () => {
  const text =
    '127.0.0.1\tlocalhost\n::1 localhost ip6-localhost\n10.0.0.5 web1 Redis # cache\n# 10.0.0.6 redis\nredis 10.0.0.7\n10.0.0.5 redis\n10.0.0.8 redis\n';
  assert.deepEqual(hostsEntries(text, 'redis'), ['10.0.0.5', '10.0.0.8']);
  assert.deepEqual(hostsEntries(text, 'localhost.'), ['127.0.0.1', '::1']);
  assert.deepEqual(hostsEntries(text, 'cache'), []);
});
