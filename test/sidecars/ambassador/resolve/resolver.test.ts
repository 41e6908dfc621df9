// Names as the machine's own C library sees them, by a name server that changes its mind.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DnsNamespace } from '#harness/dns.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { asked, hosts, Resolving } from './resolving.ts';

const ten = Array.from({ length: 10 }, (_, index) => `10.0.0.${10 + index}`);
const at = (addresses: readonly string[], port = 6379) => addresses.map((address) => `${address}:${port}`);

describe('Resolver', needs('linux', 'root'), () => {
  test('a short name is found by the search list, and one of /etc/hosts without a server', async (t) => {
    const namespace = await DnsNamespace.open(t, {
      zone: { 'redis.two.test': { a: ['10.0.0.2'] } },
      resolvConf: 'search one.test two.test',
      hosts: '10.9.9.9 pinned',
    });
    const resolving = new Resolving(namespace, hosts('redis:6379', 'pinned:80'));
    const { hosts: proved } = await resolving.becomes(['10.0.0.2:6379']);
    assert.deepEqual(proved, ['redis']);
    await resolving.becomes(['10.9.9.9:80'], 1);
  });

  test('1 → 10 → 1 addresses', async (t) => {
    const namespace = await DnsNamespace.open(t, { zone: { redis: { a: ['10.0.0.10'] } } });
    const resolving = new Resolving(namespace, hosts('redis:6379'));
    await resolving.becomes(at(['10.0.0.10']));
    await namespace.set({ redis: { a: ten } });
    await resolving.becomes(at(ten));
    await namespace.set({ redis: { a: ['10.0.0.10'] } });
    await resolving.becomes(at(['10.0.0.10']));
  });

  test('a shuffled answer is no change', async (t) => {
    const namespace = await DnsNamespace.open(t, { zone: { redis: { a: ten, shuffled: true } } });
    const resolving = new Resolving(namespace, hosts('redis:6379'));
    await resolving.becomes(at(ten));
    const { length } = resolving.said;
    await asked(namespace, 'redis a', 5);
    await namespace.set({ redis: { a: ten.slice(1), shuffled: true } });
    await resolving.becomes(at(ten.slice(1)));
    assert.equal(resolving.said.length, length + 1);
  });

  for (const [what, answers, problem] of [
    ['NXDOMAIN', { fails: 'NXDOMAIN' }, 'ENOTFOUND'],
    ['SERVFAIL', { fails: 'SERVFAIL' }, 'EAI_AGAIN'],
    ['an empty answer', {}, 'ENOTFOUND'],
    ['silence', { fails: 'silent' }, 'EAI_AGAIN'],
  ] as const) {
    test(`${what} keeps the last good answer, and is told once`, async (t) => {
      const namespace = await DnsNamespace.open(t, { zone: { redis: { a: ['10.0.0.2'] } } });
      const resolving = new Resolving(namespace, hosts('redis:6379'));
      await resolving.becomes(['10.0.0.2:6379']);
      await namespace.set({ redis: answers });
      const { endpoints, isSettled } = await resolving.complains('redis: ');
      assert.deepEqual(endpoints, ['10.0.0.2:6379']);
      assert.ok(isSettled);
      assert.match(resolving.last()?.problem ?? '', new RegExp(problem));
      await asked(namespace, 'redis a', 3);
      await namespace.set({ redis: { a: ['10.0.0.3'] } });
      const { problem: left, names } = await resolving.becomes(['10.0.0.3:6379']);
      assert.equal(left, '');
      assert.deepEqual(
        names.map(({ name, addresses }) => `${name} ${addresses}`),
        ['redis 1'],
      );
      assert.ok(Number(names[0]?.failed) >= 2, 'every failure is counted');
      const told = 'redis cannot be resolved; its last addresses stay in use';
      assert.deepEqual(resolving.log, ['redis is resolved', told, 'redis is resolved']);
    });
  }

  test('a name that comes to life late', async (t) => {
    const namespace = await DnsNamespace.open(t);
    const resolving = new Resolving(namespace, hosts('redis:6379'), { interval: 5000 });
    const { endpoints, isSettled } = await resolving.complains('no such name');
    assert.deepEqual(endpoints, []);
    assert.ok(isSettled);
    await asked(namespace, 'redis a', 2);
    await namespace.set({ redis: { a: ['10.0.0.2'] } });
    await resolving.becomes(['10.0.0.2:6379']);
  });

  test('names that are met with silence keep no other one waiting', async (t) => {
    const silent = ['mute-1', 'mute-2', 'mute-3', 'mute-4', 'mute-5'];
    const zone = Object.fromEntries(silent.map((name) => [name, { fails: 'silent' as const }]));
    const namespace = await DnsNamespace.open(t, { zone: { ...zone, redis: { a: ['10.0.0.1'] } } });
    const resolving = new Resolving(namespace, hosts(...silent.map((name) => `${name}:1`), 'redis:6379'));
    await resolving.becomes(['10.0.0.1:6379'], 5);
    await until('every other one is known to be slow', () => silent.every((_, index) => resolving.last(index)?.problem));
    for (let last = 2; last < 8; last += 1) {
      await namespace.set({ ...zone, redis: { a: [`10.0.0.${last}`] } });
      await resolving.becomes([`10.0.0.${last}:6379`], 5);
    }
    assert.equal(resolving.last(5)?.problem, '');
  });

  test('a name is looked up once for all, and once for all who want it fresh', async (t) => {
    const namespace = await DnsNamespace.open(t, { zone: { redis: { a: ['10.0.0.1'] } } });
    const resolving = new Resolving(namespace, hosts('redis:6379', 'redis:6380', 'redis:6379'), { interval: 60_000 });
    for (const [index, port] of [6379, 6380, 6379].entries()) await resolving.becomes([`10.0.0.1:${port}`], index);
    assert.equal((await namespace.queries())['redis a'], 1);
    await namespace.set({ redis: { a: ['10.0.0.2'] } });
    resolving.child.send('close 0');
    resolving.child.send('refresh');
    for (const [index, port] of [6380, 6379].entries()) await resolving.becomes([`10.0.0.2:${port}`], index + 1);
    assert.equal((await namespace.queries())['redis a'], 2);
    assert.equal(resolving.last(0)?.endpoints[0], '10.0.0.1:6379', 'one that was closed hears of nothing');
  });

  test('the family of a route', async (t) => {
    const zone = { redis: { a: ['10.0.0.1'], aaaa: ['fd00::1', 'fd00:0:0::1', '::ffff:a00:1'] } };
    const namespace = await DnsNamespace.open(t, { zone });
    const targets = hosts('redis:1');
    await new Resolving(namespace, targets, { family: '4' }).becomes(['10.0.0.1:1']);
    await new Resolving(namespace, targets, { family: 'any' }).becomes(['10.0.0.1:1', '[fd00::1]:1']);
    const six = await new Resolving(namespace, targets, { family: '6' }).becomes(['10.0.0.1:1', '[fd00::1]:1']);
    assert.equal(six.problem, '');
  });
});
