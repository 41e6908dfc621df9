import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { until } from '#harness/until.ts';
import { acquireLease, LeaseHeldError } from '../../../../sidecars/backup/lease/acquire.ts';
import { type Lease, LeaseLostError } from '../../../../sidecars/backup/lease/lease.ts';
import { type LeaseTerms, leaseTerms } from '../../../../sidecars/backup/lease/terms.ts';
import { unlock } from '../../../../sidecars/backup/lease/unlock.ts';
import { type Store, StoreError } from '../../../../sidecars/backup/stores/store.ts';
import { folderStore } from './folder-store.ts';
import { gated } from './gate.ts';

/** One store, and hosts that want its lease. */
function scene(t: TestContext, conditions = true) {
  const folder = temporaryFolder(t);
  const store = folderStore(folder, conditions);
  const terms = (host: string, different: Partial<LeaseTerms> = {}) => leaseTerms({ folder: '', host, settle: 20, ...different });
  const take = async (host: string, different: Partial<LeaseTerms> = {}, by: Store = store): Promise<Lease> => {
    const lease = await acquireLease(by, terms(host, different));
    atEnd(t, () => lease.release().catch(() => {}));
    return lease;
  };
  const read = (key: string) => JSON.parse(readFileSync(join(folder, key), 'utf8'));
  return { folder, store, terms, take, read, keys: () => readdirSync(folder).toSorted() };
}

describe('a lease', () => {
  test('is one generation of a file, is held, and is given back', async (t) => {
    const { take, read, keys } = scene(t);
    const before = Date.now();
    const lease = await take('a', { ttl: 60_000 });
    await lease.assertHeld();
    const { holder, since, expires, ...rest } = read('lease-00000001.json');
    assert.deepEqual(rest, { version: 1, host: 'a', released: false });
    assert.match(holder, /^[0-9a-f]{16}$/);
    assert.ok(Date.parse(since) >= before && Date.parse(expires) >= Date.parse(since) + 60_000);
    await assert.rejects(take('b'), (error) => {
      assert.ok(error instanceof LeaseHeldError);
      assert.equal(error.by?.host, 'a');
      assert.match(
        error.message,
        /^file:.*: a run on a, since .*, holds the lease; if it is dead, its lease ends at .*, or at once by unlock$/,
      );
      return true;
    });
    await lease.release();
    await lease.release();
    assert.equal(read('lease-00000001.json').released, true);
    assert.equal(lease.lost.aborted, false);
    await (await take('b')).release();
    await (await take('c')).release();
    assert.deepEqual(keys(), ['lease-00000002.json', 'lease-00000003.json'], 'what is older is gone');
  });

  test('of each name is its own, and other files are none', async (t) => {
    const { take, store, folder } = scene(t);
    writeFileSync(join(folder, 'lease-7.json'), 'x');
    writeFileSync(join(folder, 'lease-00000009.json.old'), 'x');
    await take('a');
    // a store has no folders: what stands before a key is only its beginning
    const flat: Store = {
      ...store,
      list: (prefix) => mapped(store.list(prefix.replace('/', '+')), '+', '/'),
      read: (key) => store.read(key.replace('/', '+')),
      put: (key, ...given) => store.put(key.replace('/', '+'), ...given),
    };
    await take('a', { folder: 'db1/' }, flat);
    await assert.rejects(take('b', { folder: 'db1/' }, flat), LeaseHeldError);
    await take('a', { folder: 'db2/' }, flat);
  });

  test('is renewed for as long as it is held', async (t) => {
    const { take, read } = scene(t);
    const lease = await take('a', { ttl: 600 });
    const first = read('lease-00000001.json').expires;
    await until('it was renewed several times', () => Date.parse(read('lease-00000001.json').expires) > Date.parse(first) + 600);
    await lease.assertHeld();
    await assert.rejects(take('b', { ttl: 600 }), LeaseHeldError);
  });

  test('survives trouble that ends in time, and is lost by trouble that does not', async (t) => {
    const { take, store } = scene(t);
    const gate = gated(store);
    const troubles: unknown[] = [];
    const lease = await take('a', { ttl: 2000, onTrouble: (error) => troubles.push(error) }, gate.store);
    const unreachable = new StoreError('unreachable', 'the store is down');
    gate.fail('put', unreachable);
    await until('a renewal failed', () => troubles.length > 0);
    gate.fail('put', undefined);
    await lease.assertHeld();
    gate.fail('put', unreachable);
    await assert.rejects(lease.assertHeld(), unreachable);
    await until('it is lost', () => lease.lost.aborted);
    assert.ok(lease.lost.reason instanceof LeaseLostError);
    assert.match(
      lease.lost.reason.message,
      /could not be renewed before it expired at .*: the store is down; run it again once the store answers$/,
    );
    await assert.rejects(lease.assertHeld(), lease.lost.reason);
  });

  test('is lost while the store does not answer at all', async (t) => {
    const { take, store } = scene(t);
    const gate = gated(store);
    const lease = await take('a', { ttl: 100 }, gate.store);
    const shut = gate.shut('put');
    await until('it is lost', () => lease.lost.aborted);
    assert.match(String(lease.lost.reason), /the store does not answer/);
    shut.open();
  });

  test('is held where only the tidying failed', async (t) => {
    const { take, store } = scene(t);
    const gate = gated(store);
    gate.fail('remove', new StoreError('denied', 'nothing may be removed'));
    const troubles: unknown[] = [];
    for (const host of ['a', 'b', 'c'])
      await (await take(host, { onTrouble: (error) => troubles.push(error) }, gate.store)).release();
    assert.deepEqual(troubles.map(String), ['StoreError: nothing may be removed']);
  });

  test('is not left behind where its claim could not be finished', async (t) => {
    const { take, store, keys } = scene(t);
    const gate = gated(store);
    const shut = gate.shut('put');
    const taking = take('a', {}, gate.store);
    await shut.reached;
    gate.fail('list', new StoreError('unreachable', 'the store is down'));
    shut.open();
    await assert.rejects(taking, /the store is down/);
    assert.deepEqual(keys(), []);
  });
});

describe('a lease that was abandoned', () => {
  /** A lease that expired long ago, and that nobody renews. */
  async function abandoned({ store, terms }: ReturnType<typeof scene>, host = 'dead'): Promise<void> {
    const gate = gated(store);
    const lease = await acquireLease(gate.store, terms(host, { ttl: 300, now: () => Date.now() - 3_600_000 }));
    gate.fail('put', new StoreError('unreachable', 'it is dead'));
    await until('it is over', () => lease.lost.aborted);
  }

  test('is taken over, once it was watched for a while', async (t) => {
    const scenery = scene(t);
    await abandoned(scenery);
    const waits: unknown[] = [];
    const lease = await scenery.take('b', { ttl: 1500, onWait: ({ host }, milliseconds) => waits.push([host, milliseconds]) });
    await lease.assertHeld();
    assert.deepEqual(waits, [['dead', 750]]);
    assert.deepEqual(scenery.keys(), ['lease-00000001.json', 'lease-00000002.json']);
  });

  test('not where it expired by less than clocks may differ', async (t) => {
    const scenery = scene(t);
    await scenery.take('a', { ttl: 60_000, now: () => Date.now() - 70_000 });
    await assert.rejects(scenery.take('b', { ttl: 60_000, margin: 15_000 }), LeaseHeldError);
  });

  test('not where the holder is alive, and only has another time', async (t) => {
    const scenery = scene(t);
    const ttl = 1500;
    const slow = await scenery.take('a', { ttl, now: () => Date.now() - 3_600_000 });
    await assert.rejects(scenery.take('b', { ttl }), LeaseHeldError);
    await slow.assertHeld();
    await slow.release();
    const fast = await scenery.take('c', { ttl, now: () => Date.now() + 3_600_000 });
    await fast.release();
    await (await scenery.take('d', { ttl })).release();
  });

  test('at once where its holder is dead for certain, although it has not expired', async (t) => {
    const { take, store, terms, keys } = scene(t);
    const gate = gated(store);
    const claims: string[] = [];
    await acquireLease(gate.store, terms('dead', { ttl: 60_000, onClaim: async (holder) => void claims.push(holder) })).then(
      (lease) => atEnd(t, () => lease.release()),
    );
    const waits: unknown[] = [];
    const after = {
      isDead: (holder: string) => claims.includes(holder),
      onDead: ({ host }: { host: string }, milliseconds: number) => waits.push([host, milliseconds]),
      onWait: () => assert.fail('it is not watched'),
    };
    await assert.rejects(take('b', { isDead: (holder) => holder === 'another' }), LeaseHeldError);
    const lease = await take('b', after);
    await lease.assertHeld();
    assert.deepEqual([waits, keys()], [[['dead', 0]], ['lease-00000001.json', 'lease-00000002.json']]);
  });

  for (const conditions of [true, false])
    test(`on a store far away what the dead had sent may arrive first, ${conditions ? 'with' : 'without'} conditions`, async (t) => {
      const { take, store, terms } = scene(t, conditions);
      const far = { ...store, remote: true };
      const claims: string[] = [];
      const dead = await acquireLease(far, terms('dead', { ttl: 60_000, onClaim: async (holder) => void claims.push(holder) }));
      atEnd(t, () => dead.release());
      const waits: unknown[] = [];
      const isDead = (holder: string) => claims.includes(holder);
      const next = await take('b', { isDead, onDead: (_, milliseconds) => waits.push(milliseconds) }, far);
      await next.assertHeld();
      assert.deepEqual(waits, [20]);
      await assert.rejects(dead.assertHeld(), { name: 'LeaseLostError' });
    });

  test('the wait for it can be broken off', async (t) => {
    const scenery = scene(t);
    await abandoned(scenery);
    const stopping = new AbortController();
    const onWait = () => stopping.abort(new Error('stopping'));
    await assert.rejects(
      acquireLease(scenery.store, scenery.terms('b', { ttl: 60_000, margin: 0, onWait }), stopping.signal),
      /stopping/,
    );
    assert.deepEqual(scenery.keys(), ['lease-00000001.json']);
  });

  test('one that nobody can read is held, and then free as any other', async (t) => {
    const scenery = scene(t);
    writeFileSync(join(scenery.folder, 'lease-00000004.json'), '{"version":2,"holders":["x"]}');
    await assert.rejects(scenery.take('a', { ttl: 60_000 }), /a run on unknown/);
    const lease = await scenery.take('a', { ttl: 1000, now: () => Date.now() + 3_600_000 });
    await lease.assertHeld();
    assert.deepEqual(scenery.keys(), ['lease-00000004.json', 'lease-00000005.json']);
  });
});

describe('whoever stands still at the wrong moment', () => {
  test('between looking and claiming, while another one claims', async (t) => {
    const { take, store, keys } = scene(t);
    const gate = gated(store);
    const shut = gate.shut('put');
    const slow = take('slow', {}, gate.store);
    await shut.reached;
    const quick = await take('quick');
    shut.open();
    await assert.rejects(slow, { name: 'LeaseHeldError', message: /a run on quick/ });
    await quick.assertHeld();
    assert.deepEqual(keys(), ['lease-00000001.json']);
  });

  test('so long that the generation it claims is history, and its file removed', async (t) => {
    const { take, store, keys } = scene(t);
    const gate = gated(store);
    const shut = gate.shut('put');
    const slow = take('slow', {}, gate.store);
    await shut.reached;
    for (const host of ['a', 'b', 'c']) await (await take(host)).release();
    const holder = await take('d');
    shut.open();
    await assert.rejects(slow, { name: 'LeaseHeldError', message: /a run on d/ });
    await holder.assertHeld();
    assert.deepEqual(keys(), ['lease-00000003.json', 'lease-00000004.json']);
  });

  test('a holder within its renewal, while another one takes over', async (t) => {
    const { take, store } = scene(t);
    const gate = gated(store);
    const holder = await take('slow', { ttl: 300 }, gate.store);
    const shut = gate.shut('put');
    await shut.reached;
    const next = await take('next', { ttl: 2000, now: () => Date.now() + 3_600_000 });
    shut.open();
    await until('it is lost', () => holder.lost.aborted);
    await assert.rejects(holder.assertHeld(), LeaseLostError);
    await next.assertHeld();
    await holder.release();
    await next.assertHeld();
  });

  test('who takes over, between its last look and its claim, while the holder comes back', async (t) => {
    const { take, store } = scene(t);
    const far = { ttl: 60_000, now: () => Date.now() - 3_600_000 };
    const holder = await take('holder', far);
    const gate = gated(store);
    const shut = gate.shut('put');
    const next = take('next', { ttl: 60 }, gate.store);
    await shut.reached;
    await holder.assertHeld();
    shut.open();
    await assert.rejects(next, { name: 'LeaseHeldError', message: /a run on holder/ });
    await holder.assertHeld();
  });

  test('the holder finds its file gone, or another one in its place', async (t) => {
    const { take, store, folder } = scene(t);
    const holder = await take('a');
    await store.remove('lease-00000001.json');
    await assert.rejects(holder.assertHeld(), {
      name: 'LeaseLostError',
      message: /was removed while this run held it; run it again$/,
    });
    const next = await take('b');
    const text = readFileSync(join(folder, 'lease-00000001.json'), 'utf8');
    writeFileSync(join(folder, 'lease-00000001.json'), text.replace(/"holder":"..../, '"holder":"0000').replace('"b"', '"c"'));
    await assert.rejects(next.assertHeld(), { name: 'LeaseLostError', message: /was taken over by c at/ });
    await next.release();
    assert.match(readFileSync(join(folder, 'lease-00000001.json'), 'utf8'), /"released":false/, 'it is not ours to release');
  });
});

describe('on a store without conditions', () => {
  test('one at a time too, and what is old is removed', async (t) => {
    const { take, keys, read } = scene(t, false);
    const lease = await take('a');
    await lease.assertHeld();
    const [key = ''] = keys();
    assert.match(key, /^lease-00000001-[0-9a-f]{16}\.json$/);
    assert.equal(read(key).contending, undefined);
    await assert.rejects(take('b'), LeaseHeldError);
    await lease.release();
    for (const host of ['b', 'c', 'd']) await (await take(host)).release();
    assert.equal(keys().length, 2);
  });

  test('of those who claim it at the same moment the smallest has it', async (t) => {
    const { take, keys, read } = scene(t, false);
    const results = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((host) => take(host, { settle: 500 })));
    const winners = results.filter(({ status }) => status === 'fulfilled');
    assert.equal(winners.length, 1);
    const [key = '', ...others] = keys();
    assert.deepEqual(others, [], 'the others took theirs back');
    assert.equal(read(key).released, false);
  });

  test('who comes late gives way to who holds it, whoever is smaller', async (t) => {
    const { take, store } = scene(t, false);
    for (let round = 0; round < 5; round += 1) {
      const gate = gated(store);
      const shut = gate.shut('put');
      const slow = take('slow', {}, gate.store);
      await shut.reached;
      const quick = await take('quick');
      shut.open();
      await assert.rejects(slow, { name: 'LeaseHeldError', message: /a run on quick/ });
      await quick.assertHeld();
      await quick.release();
    }
  });

  test('where two came to hold it, the renewals leave one', async (t) => {
    const { take, store, folder, keys } = scene(t, false);
    const first = await take('a');
    const [key = ''] = keys();
    const { holder, ...rest } = JSON.parse(readFileSync(join(folder, key), 'utf8'));
    const greater = { ...rest, holder: 'ffffffffffffffff', host: 'greater' };
    await store.put('lease-00000001-ffffffffffffffff.json', Buffer.from(JSON.stringify(greater)));
    await first.assertHeld();
    const smaller = { ...rest, holder: '0000000000000000', host: 'smaller' };
    await store.put('lease-00000001-0000000000000000.json', Buffer.from(JSON.stringify(smaller)));
    await assert.rejects(first.assertHeld(), { name: 'LeaseLostError', message: /was taken over by smaller/ });
  });
});

describe('unlock', () => {
  for (const conditions of [true, false])
    test(`takes it from who holds it, ${conditions ? 'with' : 'without'} conditions`, async (t) => {
      const { take, store, terms } = scene(t, conditions);
      assert.equal(await unlock(store, terms('me')), undefined, 'nobody had it');
      const lease = await take('a');
      assert.equal((await unlock(store, terms('me')))?.host, 'a');
      assert.equal(await unlock(store, terms('me')), undefined);
      const next = await take('b');
      await assert.rejects(lease.assertHeld(), { name: 'LeaseLostError' });
      assert.ok(lease.lost.aborted);
      await next.assertHeld();
      await next.release();
      assert.equal(await unlock(store, terms('me')), undefined, 'it was released');
    });

  test('is told of to the one that had it', async (t) => {
    const { take, store, terms } = scene(t);
    const lease = await take('a', { ttl: 100 });
    await unlock(store, terms('me'));
    await until('it is lost', () => lease.lost.aborted);
    assert.match(String(lease.lost.reason), /was taken away by unlock on me at/);
  });
});

async function* mapped<T extends { readonly key: string }>(items: AsyncIterable<T>, from: string, to: string): AsyncGenerator<T> {
  for await (const item of items) yield { ...item, key: item.key.replace(from, to) };
}
