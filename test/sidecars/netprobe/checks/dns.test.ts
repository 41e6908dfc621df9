import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freePort } from '#harness/free-port.ts';
import { searchRecords } from '../../../../sidecars/netprobe/checks/names/search.ts';
import { assertPhases, check } from './checking.ts';
import { nameServer, ttl } from './name-server.ts';

const never = new AbortController().signal;

describe('a check by DNS of one name server', () => {
  test('is well where there are records, and tells them', async (t) => {
    const server = await nameServer(t, { redis: ['10.0.0.7', '10.0.0.8'] });
    const outcome = await check(`dns://redis@${server.at}`);
    assert.equal(outcome.ok, true);
    assert.deepEqual(outcome.detail.split(', ').sort(), ['10.0.0.7', '10.0.0.8']);
    assertPhases(outcome, 'resolve', 'process');
    assert.deepEqual(
      outcome.servers.map((asked) => asked.server),
      [server.at],
    );
    assert.deepEqual(server.asked, ['redis']);
  });

  test('tells only some of many', async (t) => {
    const server = await nameServer(t, { many: Array.from({ length: 20 }, (_, index) => `10.0.0.${index}`) });
    assert.match((await check(`dns://many@${server.at}`)).detail, /^(10\.0\.0\.\d+, ){8}and 12 more$/);
  });

  for (const [said, expected] of [
    ['NXDOMAIN', /^NXDOMAIN: there is no such name \(127\.0\.0\.1:\d+\)$/],
    ['SERVFAIL', /^SERVFAIL: the name server failed \(127\.0\.0\.1:\d+\)$/],
    ['REFUSED', /^REFUSED: the name server does not serve us \(/],
    [[], /^the name has no A record \(/],
  ] as const)
    test(`fails where it says ${said.length === 0 ? 'that there is no such record' : said}, which is an answer`, async (t) => {
      const server = await nameServer(t, { redis: said });
      const outcome = await check(`dns://redis@${server.at}`);
      assert.match(outcome.detail, expected);
      assert.equal(outcome.ok, false);
      assert.equal(outcome.servers.length, 1);
      assertPhases(outcome, 'resolve', 'process');
    });

  test('asks for another type', async (t) => {
    const server = await nameServer(t, { redis: ['10.0.0.7'] });
    assert.match((await check(`dns://redis@${server.at}?type=AAAA`)).detail, /^the name has no AAAA record/);
  });

  test('asks again by TCP where the answer is cut off', async (t) => {
    const server = await nameServer(t, { long: { byTcp: ['10.1.2.3'] } });
    assert.equal((await check(`dns://long@${server.at}`)).detail, '10.1.2.3');
    assert.deepEqual(server.asked, ['long', 'long by TCP']);
  });

  test('asks once more where the answer does not come, and ends in its time', async (t) => {
    const server = await nameServer(t, { redis: 'silence' });
    const outcome = await check(`dns://redis@${server.at}`, 600);
    assert.equal(outcome.ok, false);
    assert.match(outcome.detail, /^timeout: no answer/);
    assert.ok(outcome.seconds >= 0.59 && outcome.seconds < 10, `${outcome.seconds}`);
    assert.deepEqual(outcome.servers, []);
    assert.deepEqual(server.asked, ['redis', 'redis']);
  });

  test('measures what the answer takes', async (t) => {
    const server = await nameServer(t, { slow: { after: 150, say: ['10.0.0.1'] } });
    const { phases, servers } = await check(`dns://slow@${server.at}`);
    assert.ok((phases.process ?? 0) >= 0.145, JSON.stringify(phases));
    assert.ok((servers[0]?.seconds ?? 0) >= 0.145);
  });

  test('fails where there is none', async () => {
    const outcome = await check(`dns://redis@127.0.0.1:${await freePort()}`, 3000);
    assert.equal(outcome.ok, false);
    assert.match(outcome.detail, /^connection refused: no name server is there \(127\.0\.0\.1:\d+\)$|^timeout/);
  });

  test('does not look at the hosts file', async (t) => {
    const server = await nameServer(t, {});
    assert.match((await check(`dns://localhost@${server.at}`)).detail, /^NXDOMAIN/);
    assert.deepEqual(server.asked, ['localhost']);
  });

  test('may name the server, or be that of the gateway', async (t) => {
    const server = await nameServer(t, { redis: ['10.0.0.7'] });
    assert.equal((await check(`dns://redis@localhost:${server.port}`)).detail, '10.0.0.7');
    assert.equal((await check(`dns://redis@gateway:${server.port}`, 5000, () => '127.0.0.1')).detail, '10.0.0.7');
  });
});

describe('several name servers', () => {
  const ask = (servers: readonly { port: number }[], names: readonly string[], time = 20_000) =>
    searchRecords(
      servers.map(({ port }) => ({ address: '127.0.0.1', port })),
      names,
      ['A'],
      performance.now() + time,
      never,
    );
  const values = ({ results }: Awaited<ReturnType<typeof ask>>) => results[0]?.records.map(({ value }) => value);

  test('are asked in turn: one that is silent has its share of the time', async (t) => {
    const [first, second] = [await nameServer(t, { redis: 'silence' }), await nameServer(t, { redis: ['10.0.0.7'] })];
    const found = await ask([first, second], ['redis'], 1500);
    assert.deepEqual(values(found), ['10.0.0.7']);
    assert.deepEqual(
      found.all.map(({ failure }) => failure?.code),
      ['timeout', undefined],
    );
    const [silent] = found.all;
    assert.ok((silent?.seconds ?? 0) >= 0.7 && (silent?.seconds ?? 9) < 1.4, `${silent?.seconds}`);
  });

  test('are asked in turn: one that fails is not believed, one that knows there is nothing is', async (t) => {
    const failing = await nameServer(t, { redis: 'SERVFAIL' });
    const knowing = await nameServer(t, {});
    const other = await nameServer(t, { redis: ['10.0.0.7'] });
    assert.deepEqual(values(await ask([failing, other], ['redis'])), ['10.0.0.7']);
    assert.deepEqual(values(await ask([knowing, other], ['redis'])), []);
    assert.deepEqual(other.asked, ['redis']);
  });

  test('are asked for the names of the search list until one is known', async (t) => {
    const server = await nameServer(t, { 'redis.two.test': ['10.0.0.2'], 'redis.three.test': ['10.0.0.3'] });
    const found = await ask([server], ['redis.one.test', 'redis.two.test', 'redis.three.test']);
    assert.deepEqual(values(found), ['10.0.0.2']);
    assert.deepEqual(server.asked, ['redis.one.test', 'redis.two.test']);
    assert.equal(found.results[0]?.records[0]?.ttl, ttl);
  });

  test('tell of a failure rather than that there is no such name', async (t) => {
    const server = await nameServer(t, { 'redis.one.test': 'SERVFAIL' });
    const { results } = await ask([server], ['redis', 'redis.one.test', 'redis.two.test']);
    assert.deepEqual(
      results.map(({ failure }) => failure?.code),
      ['SERVFAIL'],
    );
  });
});
