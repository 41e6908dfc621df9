import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { until } from '#harness/until.ts';
import { type Store, StoreError, type StoreFailure, type Upload } from '../../../../sidecars/backup/stores/store.ts';

/** A store under test, empty. */
export interface Bench {
  readonly store: Store;
  /** A second client of the same place, as another process has one. */
  readonly other: () => Promise<Store>;
  /** The names of everything that is in its place, also what is not finished; without what the place does not tell. */
  readonly everything: () => Promise<string[]>;
  /** False for a place that does not tell of unfinished uploads, and orders keys by language. */
  readonly exact: boolean;
}

/** One kind of store: how a bench is made, and what the machine has to have for it. */
export interface Kind {
  readonly needs?: { readonly skip?: string };
  readonly open: (t: TestContext) => Promise<Bench>;
}

const always = () => true;

/** All that every store has to do. */
export function storeSuite(name: string, { needs = {}, open }: Kind): void {
  describe(`a store: ${name}`, needs, () => {
    test('gives back what was put, whole and in parts', async (t) => {
      const { store } = await open(t);
      const body = randomBytes(300_000);
      await store.put('db1/a.json', body);
      assert.deepEqual(await bytesOf(store, 'db1/a.json'), body);
      assert.deepEqual(await bytesOf(store, 'db1/a.json', { start: 100, end: 200_100 }), body.subarray(100, 200_100));
      assert.deepEqual(await bytesOf(store, 'db1/a.json', { start: 299_999 }), body.subarray(299_999));
      assert.deepEqual(await bytesOf(store, 'db1/a.json', { start: 0, end: 1 }), body.subarray(0, 1));
      assert.deepEqual(await bytesOf(store, 'db1/a.json', { start: 100, end: 100 }), Buffer.alloc(0));
      assert.deepEqual(
        await bytesOf(store, 'db1/a.json', { start: 300_000 }),
        Buffer.alloc(0),
        'behind the end there is nothing',
      );
    });

    test('puts over what is there, and removes it', async (t) => {
      const { store, everything } = await open(t);
      await store.put('a', Buffer.from('old and longer'));
      await store.put('a', Buffer.from('new'));
      assert.equal(String(await bytesOf(store, 'a')), 'new');
      await store.remove('a');
      await store.remove('a');
      assert.deepEqual(await everything(), []);
    });

    test('an empty object is an object', async (t) => {
      const { store } = await open(t);
      await store.put('empty', Buffer.alloc(0));
      const upload = await store.upload('empty-upload');
      await upload.commit();
      assert.deepEqual(
        (await keysOf(store)).map(({ key, size }) => [key, size]),
        [
          ['empty', 0],
          ['empty-upload', 0],
        ],
      );
      assert.equal((await bytesOf(store, 'empty')).length, 0);
      assert.equal((await bytesOf(store, 'empty-upload')).length, 0);
    });

    test('says `missing` of what is not there', async (t) => {
      const { store } = await open(t);
      await rejects(bytesOf(store, 'db1/none'), 'missing', /db1\/none/);
      await rejects(bytesOf(store, 'db1/none', { start: 5 }), 'missing');
    });

    test('lists by the bytes of the keys, with size and time, and only what begins so', async (t) => {
      const { store, exact } = await open(t);
      const keys = ['a-b', 'a.b', 'a/b', 'a/b-c', 'a/c/d', 'a0', 'ab', 'b/z', ...(exact ? ['b/é', 'b/😀', 'b/ｚ'] : [])];
      for (const key of keys.toReversed()) await store.put(key, Buffer.from(key));
      const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const listed = await keysOf(store);
      assert.deepEqual(
        listed.map(({ key }) => key),
        sorted,
      );
      for (const { key, size, modified } of listed) {
        assert.equal(size, Buffer.byteLength(key));
        assert.ok(Math.abs(modified.getTime() - Date.now()) < 3_600_000, String(modified));
      }
      for (const prefix of ['a', 'a/', 'a/b', 'a/b/', 'b/', 'b/é', 'none', 'none/'])
        assert.deepEqual(
          (await keysOf(store, prefix)).map(({ key }) => key),
          sorted.filter((key) => key.startsWith(prefix)),
          prefix,
        );
    });

    test('lists more than a page', async (t) => {
      const { store } = await open(t);
      const keys = Array.from({ length: 1100 }, (_, index) => `n/${String(index).padStart(5, '0')}`);
      for (let at = 0; at < keys.length; at += 20)
        await Promise.all(keys.slice(at, at + 20).map((key) => store.put(key, Buffer.from('.'))));
      assert.deepEqual(
        (await keysOf(store, 'n/')).map(({ key }) => key),
        keys,
      );
    });

    test('an upload appears when it is committed, and not before', async (t) => {
      const { store } = await open(t);
      const upload = await store.upload('db1/x.tar.zst');
      // three parts and a bit, in pieces that fit no part
      const hash = createHash('sha256');
      let size = 0;
      for (let count = 0; count < 17; count += 1) {
        const chunk = randomBytes(1_000_003);
        hash.update(chunk);
        size += chunk.length;
        await upload.write(chunk);
        assert.deepEqual(await keysOf(store), []);
      }
      await upload.commit();
      assert.deepEqual(
        (await keysOf(store)).map((object) => [object.key, object.size]),
        [['db1/x.tar.zst', size]],
      );
      const whole = await bytesOf(store, 'db1/x.tar.zst');
      assert.equal(createHash('sha256').update(whole).digest('hex'), hash.digest('hex'));
      assert.deepEqual(
        await bytesOf(store, 'db1/x.tar.zst', { start: 8_000_000, end: 9_000_000 }),
        whole.subarray(8_000_000, 9_000_000),
      );
    });

    test('a small upload, and one of exactly a part', async (t) => {
      const { store } = await open(t);
      for (const size of [1, 5 * 2 ** 20 - 1, 5 * 2 ** 20, 5 * 2 ** 20 + 1]) {
        const body = Buffer.alloc(size, 'part');
        const upload = await store.upload(`of-${size}`);
        await upload.write(body.subarray(0, 3));
        await upload.write(Buffer.alloc(0));
        await upload.write(body.subarray(3));
        await upload.commit();
        assert.ok(body.equals(await bytesOf(store, `of-${size}`)), `${size} bytes`);
      }
    });

    test('an upload that is aborted leaves nothing', async (t) => {
      const { store, everything } = await open(t);
      const begun = await store.upload('begun');
      await begun.abort();
      const small = await store.upload('small');
      await small.write(Buffer.from('x'));
      await small.abort();
      await small.abort();
      await assert.rejects(small.write(Buffer.from('x')));
      const large = await store.upload('folder/large');
      for (let count = 0; count < 12; count += 1) await large.write(randomBytes(2 ** 20));
      await large.abort();
      await assert.rejects(large.commit());
      assert.deepEqual(await everything(), []);
      await store.put('after', Buffer.from('x'));
      assert.deepEqual(
        (await keysOf(store)).map(({ key }) => key),
        ['after'],
      );
    });

    test('aborting after a commit keeps the object', async (t) => {
      const { store } = await open(t);
      const upload = await store.upload('kept');
      await upload.write(Buffer.from('x'));
      await upload.commit();
      await upload.abort();
      assert.equal(String(await bytesOf(store, 'kept')), 'x');
    });

    test('ifAbsent keeps what is there', async (t) => {
      const { store } = await open(t);
      await store.put('lease', Buffer.from('first'), { ifAbsent: true, shortLived: true });
      await rejects(store.put('lease', Buffer.from('second'), { ifAbsent: true }), 'exists', /lease/);
      assert.equal(String(await bytesOf(store, 'lease')), 'first');
      await store.put('lease', Buffer.from('renewed'), { shortLived: true });
      assert.equal(String(await bytesOf(store, 'lease')), 'renewed');
    });

    test('of many that put with ifAbsent at the same moment exactly one succeeds, where the store has conditions', async (t) => {
      const { store, other, everything } = await open(t);
      await store.learnConditions?.('db1/');
      assert.deepEqual(await everything(), []);
      if (!store.conditions) return t.diagnostic('it has no conditions');
      const writers = await Promise.all(Array.from({ length: 6 }, other));
      for (let round = 0; round < 5; round += 1) {
        const key = `lease-${round}`;
        const results = await Promise.allSettled(
          writers.map((writer, index) => writer.put(key, Buffer.from(`writer ${index}`), { ifAbsent: true })),
        );
        const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
        assert.equal(winners.length, 1, `round ${round}: ${winners}`);
        assert.equal(String(await bytesOf(store, key)), `writer ${winners[0]}`);
        for (const result of results)
          if (result.status === 'rejected') assert.equal((result.reason as StoreError).failure, 'exists');
      }
    });

    test('sweeps what an upload left that nobody ended, and nothing else', async (t) => {
      const { store, other, everything, exact } = await open(t);
      if (!exact) return t.diagnostic('its place does not tell of them');
      await store.put('db1/whole', Buffer.from('x'));
      const gone = await other();
      const left: Upload[] = [];
      for (const key of ['db1/mine', 'db1/mine-too', 'db1/of-somebody', 'db2/mine']) {
        const upload = await gone.upload(key);
        left.push(upload);
        for (let count = 0; count < 12; count += 1) await upload.write(Buffer.alloc(2 ** 20));
      }
      await settled(everything, 5);
      const swept = await store.sweep('db1/', (key) => key.startsWith('db1/mine'));
      assert.equal(swept, 2);
      const after = await everything();
      assert.equal(after.filter((name) => name.includes('mine')).length, 1, String(after));
      assert.equal(after.filter((name) => name.includes('of-somebody')).length, 1, String(after));
      assert.deepEqual(
        (await keysOf(store)).map(({ key }) => key),
        ['db1/whole'],
      );
      assert.equal(await store.sweep('', always), 2);
      assert.equal(await store.sweep('', always), 0);
      for (const upload of left) await upload.abort();
      assert.equal((await everything()).length, 1);
    });

    test('whoever stops reading early lets go of it', async (t) => {
      const { store } = await open(t);
      const upload = await store.upload('large');
      for (let count = 0; count < 12; count += 1) await upload.write(Buffer.alloc(2 ** 20, count));
      await upload.commit();
      for (let count = 0; count < 3; count += 1) {
        for await (const chunk of store.read('large')) {
          assert.ok(chunk.length > 0);
          break;
        }
      }
      await store.remove('large');
    });
  });
}

/** All bytes of an object. */
export async function bytesOf(store: Store, key: string, range?: { start: number; end?: number }): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(store.read(key, range)));
}

/** All objects of a store. */
export function keysOf(store: Store, prefix = '') {
  return Array.fromAsync(store.list(prefix));
}

/** Asserts that a store fails in this way, and tells so. */
export async function rejects(work: Promise<unknown>, failure: StoreFailure, message?: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof StoreError, `no StoreError: ${String(error)}`);
    assert.equal(error.failure, failure, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  });
}

/** Waits until so many names are there: parts that are on their way may arrive after the last call has returned. */
async function settled(everything: () => Promise<string[]>, count: number): Promise<void> {
  await until(`${count} names are there`, async () => (await everything()).length === count);
}
