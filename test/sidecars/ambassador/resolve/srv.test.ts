// SRV records, by the search list, from a name server that changes its mind.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DnsNamespace } from '#harness/dns.ts';
import { needs } from '#harness/needs.ts';
import type { Target } from '../../../../sidecars/ambassador/routes/route.ts';
import { asked, Resolving } from './resolving.ts';

const targets: Target[] = [{ type: 'srv', name: '_redis._tcp' }];
const one = { 'one.redis.test': { a: ['10.0.0.1'] } };
const two = { 'two.redis.test': { a: ['10.0.0.2', '10.0.0.3'] } };
const srv = (...records: { name: string; port: number; priority?: number }[]) => ({ '_redis._tcp.redis.test': { srv: records } });

describe('SRV', needs('linux', 'root'), () => {
  test('by the search list, each target at its own port, the lowest priority alone', async (t) => {
    const records = srv(
      { name: 'two.redis.test', port: 6380 },
      { name: 'one.redis.test', port: 6379 },
      { name: 'spare.redis.test', port: 1, priority: 10 },
    );
    const namespace = await DnsNamespace.open(t, {
      zone: { ...one, ...two, ...records },
      resolvConf: 'search none.test redis.test\noptions ndots:5',
    });
    const { hosts, problem } = await new Resolving(namespace, targets).becomes([
      '10.0.0.1:6379',
      '10.0.0.2:6380',
      '10.0.0.3:6380',
    ]);
    assert.deepEqual(hosts, ['one.redis.test', 'two.redis.test', 'two.redis.test']);
    assert.equal(problem, '');
    const queries = await namespace.queries();
    assert.ok(!('spare.redis.test a' in queries), 'a spare target is not looked up');
    assert.ok(!('one.redis.test.none.test a' in queries), 'the search list is not for the targets of a record');
  });

  test('targets that come and go, and a record that goes away', async (t) => {
    const namespace = await DnsNamespace.open(t, { resolvConf: 'search redis.test' });
    const resolving = new Resolving(namespace, targets);
    await resolving.complains('_redis._tcp: no such name');
    await namespace.set({ ...one, ...srv({ name: 'one.redis.test', port: 1 }) });
    await resolving.becomes(['10.0.0.1:1']);
    await namespace.set({ ...one, ...two, ...srv({ name: 'one.redis.test', port: 1 }, { name: 'two.redis.test', port: 1 }) });
    await resolving.becomes(['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1']);
    const { length } = resolving.said;
    await namespace.set({ ...one, ...two, ...srv({ name: 'two.redis.test', port: 1 }) });
    await resolving.becomes(['10.0.0.2:1', '10.0.0.3:1']);
    await namespace.set(two);
    await resolving.complains('no such name');
    await asked(namespace, '_redis._tcp.redis.test srv', 2);
    const after = resolving.said.slice(length);
    assert.ok(
      after.every(({ endpoints }) => endpoints.length === 2),
      'it is never without endpoints',
    );
  });

  test('where a target moves, the old one stays until the new one is looked up', async (t) => {
    const namespace = await DnsNamespace.open(t, {
      zone: { ...one, ...srv({ name: 'one.redis.test', port: 1 }) },
      resolvConf: 'search redis.test',
    });
    const resolving = new Resolving(namespace, targets);
    await resolving.becomes(['10.0.0.1:1']);
    await namespace.set({ ...one, ...two, ...srv({ name: 'two.redis.test', port: 1 }) });
    await resolving.becomes(['10.0.0.2:1', '10.0.0.3:1']);
    const sizes = resolving.said.slice(resolving.said.findIndex(({ endpoints }) => endpoints.length > 0));
    assert.ok(
      sizes.every(({ endpoints }) => endpoints.length > 0),
      'it is never without endpoints',
    );
  });

  test('a service that says it is not offered, and a server that fails, are told', async (t) => {
    const namespace = await DnsNamespace.open(t, { zone: { '_redis._tcp': { srv: [{ name: '', port: 0 }] } } });
    const resolving = new Resolving(namespace, targets);
    await resolving.complains('not offered');
    await namespace.set({ '_redis._tcp': { fails: 'SERVFAIL' } });
    await resolving.complains('ESERVFAIL');
  });
});
