import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { decompress } from '../../../../sidecars/backup/archive/decompress.ts';
import { find, list } from '../../../../sidecars/backup/archive/listing.ts';
import { inChunks } from '../bytes.ts';
import { packFolder } from './scene.ts';

const linux = needs('linux');

/** A folder with files in it, and its archive. */
async function scene(t: Parameters<typeof temporaryFolder>[0]) {
  const home = temporaryFolder(t);
  mkdirSync(join(home, 'folder'));
  writeFileSync(join(home, 'folder/large'), Buffer.alloc(300_000, 'some content '));
  writeFileSync(join(home, 'small'), 'small');
  const fd = openSync(join(home, 'sparse'), 'w');
  writeSync(fd, 'one', 100_000);
  writeSync(fd, 'two', 700_000);
  closeSync(fd);
  truncateSync(join(home, 'sparse'), 1 << 20);
  const { bytes } = await packFolder(home);
  return { home, plain: () => decompress(inChunks(bytes)) };
}

test('the content of every file is read by tar-stream as it was, holes and all', linux, async (t) => {
  const { home, plain } = await scene(t);
  const seen: string[] = [];
  for await (const { name, type, size, content } of list(plain())) {
    seen.push(name.toString());
    if (type !== 'file') continue;
    const read = Buffer.concat(await Array.fromAsync(content()));
    assert.equal(read.length, size);
    assert.ok(read.equals(readFileSync(join(home, name.toString()))), name.toString());
  }
  assert.deepEqual(seen, ['folder', 'folder/large', 'small', 'sparse']);
});

test('one file is found among others, and one that is not there is not', linux, async (t) => {
  const { home, plain } = await scene(t);
  let read: Buffer | undefined;
  const use = async ({ content }: { content: () => AsyncIterable<Buffer> }) => {
    read = Buffer.concat(await Array.fromAsync(content()));
  };
  assert.equal(await find(plain(), Buffer.from('folder/large'), use), true);
  assert.ok(read?.equals(readFileSync(join(home, 'folder/large'))));
  assert.equal(await find(plain(), Buffer.from('folder/none'), use), false);
});

test('a listing that is not read to its end lets the source go', linux, async (t) => {
  const { plain } = await scene(t);
  let closed = false;
  async function* source() {
    try {
      yield* plain();
    } finally {
      closed = true;
    }
  }
  for await (const _ of list(source())) break;
  assert.ok(closed);
});

test('an archive that is cut off, and a source that fails, are errors', linux, async (t) => {
  const { plain } = await scene(t);
  const bytes = Buffer.concat(await Array.fromAsync(plain()));
  await assert.rejects(Array.fromAsync(list(inChunks(bytes.subarray(0, 100_000)))), /Unexpected end of data/);
  async function* failing() {
    yield bytes.subarray(0, 5000);
    throw new Error('the store does not answer');
  }
  await assert.rejects(Array.fromAsync(list(failing())), /the store does not answer/);
});
