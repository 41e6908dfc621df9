import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Baseline, replaces } from '../../../../sidecars/backup/sources/baseline.ts';
import { describeEntry, IndexError, type IndexRecord } from '../../../../sidecars/backup/sources/index-record.ts';
import { IndexWriter } from '../../../../sidecars/backup/sources/index-writer.ts';
import { inChunks, Kept } from '../bytes.ts';

function file(name: string, inode = 1n): IndexRecord {
  const times = { mtimeNs: 5n, ctimeNs: 6n };
  return {
    name: Buffer.from(name),
    type: 'file',
    size: 1,
    mode: 0o600,
    uid: 1,
    gid: 2,
    ...times,
    inode,
    stored: 'here',
    again: false,
    offset: 0,
  };
}

async function indexOf(names: readonly string[]): Promise<Buffer> {
  const kept = new Kept();
  const writer = new IndexWriter(kept);
  for (const name of names) await writer.add(file(name), file(name));
  await writer.end();
  return kept.bytes;
}

const parents = ['a', 'a/1', 'a/2', 'a.x', 'b', 'c', 'c/1', 'c/1/x', 'c/2', 'd'];

/** A baseline, and what it passes over. */
async function baselineOf(size?: number) {
  const deleted: string[] = [];
  const spared: string[] = [];
  const baseline = new Baseline(inChunks(await indexOf(parents), size), {
    onDeleted: (name) => deleted.push(name.toString()),
    onSpared: (line) => {
      spared.push(line.record.name.toString());
      return undefined;
    },
  });
  const find = async (name: string, entry = file(name)) => {
    const line = await baseline.find(Buffer.from(name), describeEntry(entry));
    return line?.record.name.toString();
  };
  return { baseline, deleted, spared, find };
}

describe('a baseline', () => {
  for (const size of [1, 50, undefined]) {
    test(`finds what was there, and passes over the rest, in chunks of ${size ?? 'all'}`, async () => {
      const { baseline, deleted, find } = await baselineOf(size);
      assert.equal(await find('a'), 'a');
      assert.equal(await find('a/0'), undefined, 'new, before what was there');
      assert.equal(await find('a/2', file('a/2', 2n)), 'a/2', 'changed');
      assert.deepEqual(deleted, ['a/1']);
      assert.equal(await find('b'), 'b');
      assert.equal(await find('b/new'), undefined);
      assert.deepEqual(deleted, ['a/1', 'a.x']);
      assert.equal(await find('c/2'), 'c/2');
      assert.equal(await find('e'), undefined);
      assert.equal(await find('f'), undefined, 'behind the last one');
      await baseline.rest();
      assert.deepEqual(deleted, ['a/1', 'a.x', 'c', 'c/1', 'c/1/x', 'd']);
    });
  }

  test('answers without a promise where nothing changed', async () => {
    const { baseline, find } = await baselineOf();
    await find('a');
    for (const name of parents.slice(1))
      assert.ok(!(baseline.find(Buffer.from(name), describeEntry(file(name))) instanceof Promise));
  });

  test('spares what could not be looked at, with all that is below', async () => {
    const { baseline, deleted, spared, find } = await baselineOf();
    await find('a');
    baseline.spare(Buffer.from('a'));
    await find('b');
    baseline.spare(Buffer.from('c/1'));
    await find('d');
    await baseline.rest();
    assert.deepEqual(spared, ['a/1', 'a/2', 'c/1', 'c/1/x']);
    assert.deepEqual(deleted, ['a.x', 'c', 'c/2']);
  });

  test('that is asked for nothing passes over everything', async () => {
    const { baseline, deleted } = await baselineOf(3);
    await baseline.rest();
    assert.deepEqual(deleted, parents);
  });

  test('fails where its index is cut', async () => {
    const bytes = await indexOf(parents);
    const baseline = new Baseline(inChunks(bytes.subarray(0, -20)), { onDeleted: () => {}, onSpared: () => undefined });
    await assert.rejects(baseline.rest(), IndexError);
  });
});

test('another type replaces what was there; a further name of a file does not', () => {
  assert.ok(replaces({ type: 'directory' }, { type: 'file' }) && replaces({ type: 'symlink' }, { type: 'hardlink' }));
  assert.ok(!replaces({ type: 'hardlink' }, { type: 'file' }) && !replaces({ type: 'fifo' }, { type: 'fifo' }));
});
