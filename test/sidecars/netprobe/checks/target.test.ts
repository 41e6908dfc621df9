import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { list } from '#shared/config/collections.ts';
import { Invalid } from '#shared/config/kinds.ts';
import { checkTarget } from '../../../../sidecars/netprobe/checks/target.ts';

describe('a target of a check is', () => {
  for (const [text, expected] of [
    ['tcp://redis:6379', { type: 'tcp', host: 'redis', port: 6379 }],
    ['tcp://redis:6379/', { type: 'tcp', host: 'redis', port: 6379 }],
    ['TCP://10.0.0.1:1', { type: 'tcp', host: '10.0.0.1', port: 1 }],
    ['tcp://[::1]:65535', { type: 'tcp', host: '::1', port: 65_535 }],
    ['tcp://[fe80::1%eth0]:80', { type: 'tcp', host: 'fe80::1%eth0', port: 80 }],
    ['tcp://my_db.default.svc.cluster.local.:5432', { type: 'tcp', host: 'my_db.default.svc.cluster.local.', port: 5432 }],
    ['tls://api:443', { type: 'tls', host: 'api', port: 443 }],
    ['http://api', { type: 'http', host: 'api', port: 80, path: '/' }],
    ['http://api:8080/health?full=1&x=%20', { type: 'http', host: 'api', port: 8080, path: '/health?full=1&x=%20' }],
    ['http://api?x', { type: 'http', host: 'api', port: 80, path: '/?x' }],
    ['http://api/@me', { type: 'http', host: 'api', port: 80, path: '/@me' }],
    ['https://[2001:db8::1]/', { type: 'https', host: '2001:db8::1', port: 443, path: '/' }],
    ['dns://redis', { type: 'dns', name: 'redis', record: 'A', server: undefined }],
    ['dns://redis.', { type: 'dns', name: 'redis.', record: 'A', server: undefined }],
    ['dns://_redis._tcp.one?type=srv', { type: 'dns', name: '_redis._tcp.one', record: 'SRV', server: undefined }],
    ['dns://redis@10.0.0.53', { type: 'dns', name: 'redis', record: 'A', server: { host: '10.0.0.53', port: 53 } }],
    [
      'dns://redis@[fd00::53]:5353?type=AAAA',
      { type: 'dns', name: 'redis', record: 'AAAA', server: { host: 'fd00::53', port: 5353 } },
    ],
    ['dns://redis@gateway', { type: 'dns', name: 'redis', record: 'A', server: { host: 'gateway', port: 53 } }],
    ['icmp://gateway', { type: 'icmp', host: 'gateway' }],
    ['icmp://[::1]/', { type: 'icmp', host: '::1' }],
  ] as const)
    test(text, () => {
      assert.deepEqual(checkTarget.parse(text), { ...expected, text });
      assert.equal(checkTarget.format(checkTarget.parse(text)), text);
    });

  test('one of a list', () => {
    const kind = list(checkTarget);
    const text = 'tcp://redis:6379,http://api/health,dns://redis,icmp://gateway,tcp://[::1]:1';
    const targets = kind.parse(text);
    assert.deepEqual(
      targets.map(({ type }) => type),
      ['tcp', 'http', 'dns', 'icmp', 'tcp'],
    );
    assert.equal(kind.format(targets), text);
  });
});

describe('a target of a check is refused, with an example:', () => {
  for (const [text, expected] of [
    ['', /^is not a URL of a check, such as tcp:\/\/redis:6379/],
    ['redis:6379', /^is not a URL of a check/],
    ['udp://redis:53', /^has an unknown scheme; known are tcp:, tls:, http:, https:, dns:, icmp:$/],
    ['tcp://redis', /^names no port; write tcp:\/\/redis:6379$/],
    ['tcp://redis:', /^has a port that is not between 1 and 65535/],
    ['tcp://redis:0', /^has a port that is not between 1 and 65535/],
    ['tcp://redis:65536', /^has a port that is not between 1 and 65535/],
    ['tcp://:6379', /^names no host/],
    ['tcp://redis:6379/path', /^has a path, which tcp does not know/],
    ['tcp://::1:80', /^has no HOST or HOST:PORT behind the :\/\/; .*brackets: \[::1:80\]$/],
    ['tcp://[redis]:80', /^has something in brackets that is no IPv6 address/],
    ['tcp://10.0.0.256:80', /^has a host that is neither a name nor an address/],
    ['tcp://re dis:80', /^holds blanks/],
    ['tcp://rédis:80', /^holds blanks or characters beyond ASCII/],
    [`tcp://${'a'.repeat(64)}:80`, /^has a host that is neither a name nor an address/],
    ['http://', /^names no host; write http:\/\/api:8080\/health$/],
    ['http://api/#top', /^holds a #, which is never sent/],
    ['https://api:x/', /^has no HOST or HOST:PORT/],
    ['icmp://gateway:7', /^has a port, which icmp does not know; write icmp:\/\/gateway$/],
    ['dns://', /^names nothing to look up; write dns:\/\/redis, /],
    ['dns://redis?type=HINFO', /^has a query that is not \?type= and one of A, AAAA, /],
    ['dns://redis?x', /^has a query that is not \?type=/],
    ['dns://redis@', /^names no host/],
    ['dns://re..dis', /^asks for what is no host name/],
  ] as const)
    test(JSON.stringify(text), () => {
      assert.throws(
        () => checkTarget.parse(text),
        (error) => error instanceof Invalid && expected.test(error.message),
      );
    });

  for (const scheme of ['tcp', 'tls', 'http', 'https', 'icmp'])
    test(`credentials in ${scheme}, which are not repeated`, () => {
      assert.throws(
        () => checkTarget.parse(`${scheme}://admin:hunter2@api:80`),
        (error) => error instanceof Invalid && /user or a password/.test(error.message) && !/hunter2|admin/.test(error.message),
      );
    });

  test('credentials in dns, which are not repeated', () => {
    assert.throws(
      () => checkTarget.parse('dns://admin:hunter2@api'),
      (error) => error instanceof Invalid && !/hunter2|admin/.test(error.message),
    );
  });
});
