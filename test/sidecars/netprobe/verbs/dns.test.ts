import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DnsNamespace, type DnsNamespaceOptions } from '#harness/dns.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar } from '#harness/process.ts';

const main = fileURLToPath(new URL('../../../../sidecars/netprobe/main.ts', import.meta.url));

/** Runs `netprobe dns` in a namespace with a name server of its own. */
async function ask(t: TestContext, options: DnsNamespaceOptions, ...words: readonly string[]) {
  const namespace = await DnsNamespace.open(t, options);
  const child = namespace.spawn(process.execPath, [main, 'dns', ...words], {
    env: { PATH: process.env.PATH, NETPROBE_CHECK_TIMEOUT: '2s' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  assert.ok(child.stdout && child.stderr);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { stdout, stderr, code };
}

/** The cells of each line that a table has. */
function cells(stdout: string): string[][] {
  return stdout.split('\n').map((line) => line.split(/ {2,}/));
}

describe('netprobe dns', needs('linux', 'root'), () => {
  test('tells what the name server says, with times, and what the application gets', async (t) => {
    const zone = { 'redis.one.test': { a: ['10.0.0.7', '10.0.0.8'], aaaa: ['fd00::7'] } };
    const { stdout, stderr, code } = await ask(t, { zone, resolvConf: 'search none.test one.test' }, 'redis');
    assert.equal(code, 0, stderr);
    const [title, first, second, third, blank, search, hosts, application] = cells(stdout);
    assert.deepEqual(title, ['SERVER', 'NAME', 'TYPE', 'TIME', 'TTL', 'ANSWER']);
    assert.deepEqual(
      [first, second, third].map((row) => row?.toSpliced(3, 1)),
      [
        ['127.0.0.1', 'redis.one.test', 'A', '600 s', '10.0.0.7'],
        ['127.0.0.1', 'redis.one.test', 'A', '600 s', '10.0.0.8'],
        ['127.0.0.1', 'redis.one.test', 'AAAA', '600 s', 'fd00::7'],
      ],
    );
    assert.match(String(first?.[3]), /^\d+\.\d{1,2} ms$/);
    assert.deepEqual(blank, ['']);
    assert.deepEqual(search, ['search list', 'redis.none.test: NXDOMAIN, redis.one.test: found']);
    assert.deepEqual(hosts, ['hosts file', 'does not have the name']);
    assert.equal(application?.[0], 'getaddrinfo');
    assert.match(String(application?.[1]), /10\.0\.0\.7.* \(\d+\.\d{1,2} ms\)$/);
  });

  test('tells when the hosts file has another opinion', async (t) => {
    const { stdout, code } = await ask(t, { zone: { web: { a: ['10.0.0.7'] } }, hosts: '10.0.0.99 web' }, 'web', 'a');
    assert.equal(code, 0);
    const [, answer, , search, hosts, application] = cells(stdout);
    assert.deepEqual([answer?.[1], answer?.[5]], ['web', '10.0.0.7']);
    assert.deepEqual(search, ['search list', 'web: found']);
    assert.deepEqual(hosts, ['hosts file', '10.0.0.99']);
    assert.match(String(application?.[1]), /^10\.0\.0\.99 \(/);
  });

  for (const [fails, words, resolver] of [
    ['NXDOMAIN', 'NXDOMAIN: there is no such name', /^no such name, or it has no address \(EAI_NONAME\)/],
    ['SERVFAIL', 'SERVFAIL: the name server failed', /^the name servers fail or do not answer \(EAI_AGAIN\)/],
    ['silent', 'timeout: no answer', /^the name servers fail or do not answer \(EAI_AGAIN\)/],
  ] as const)
    test(`ends with 1 where the server says ${fails}`, async (t) => {
      const { stdout, stderr, code } = await ask(t, { zone: { web: { fails } } }, 'web', 'A');
      assert.equal(code, 1);
      const [, answer, , , , application] = cells(stdout);
      assert.deepEqual(answer?.toSpliced(3, 1), ['127.0.0.1', 'web', 'A', '-', words]);
      assert.match(String(application?.[1]), resolver);
      assert.match(stderr, /nobody has an answer for web/);
    });

  test('asks for other types, as JSON', async (t) => {
    const zone = { '_redis._tcp.one.test': { srv: [{ name: 'redis-1.one.test', port: 6379, priority: 1, weight: 5 }] } };
    const { stdout, code } = await ask(t, { zone }, '--json', '_redis._tcp.one.test', 'srv', 'A');
    assert.equal(code, 0);
    const { answers, names, hosts, getaddrinfo } = JSON.parse(stdout);
    const [srv, a] = answers;
    assert.deepEqual(
      [srv.server, srv.name, srv.type, srv.records],
      ['127.0.0.1', '_redis._tcp.one.test', 'SRV', [{ value: '1 5 6379 redis-1.one.test.' }]],
    );
    assert.deepEqual([a.type, a.records, a.error], ['A', [], 'NODATA']);
    assert.ok(srv.seconds > 0);
    assert.deepEqual([names, hosts, getaddrinfo.addresses], [['_redis._tcp.one.test'], [], []]);
    assert.match(getaddrinfo.error, /EAI_/);
  });
});

test('netprobe dns refuses what it does not know with 64', async (t) => {
  const type = await runSidecar(t, 'netprobe', {}, ['dns', 'redis', 'HINFO']);
  assert.equal(type.code, 64);
  assert.match(type.stderr, /HINFO is no type of record; known are A, AAAA,/);
  const address = await runSidecar(t, 'netprobe', {}, ['dns', '10.0.0.1']);
  assert.equal(address.code, 64);
  assert.match(address.stderr, /10\.0\.0\.1 is an address; for its name ask: dns 1\.0\.0\.10\.in-addr\.arpa PTR/);
});
