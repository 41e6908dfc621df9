// The bytes inside of gzip files, at offsets.
import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { temporaryFolder } from '#harness/folder.ts';
import { Inflated } from '../../../sidecars/logs/follow/inflated.ts';

const text = Buffer.from(
  Array.from({ length: 20_000 }, (_, index) => `line ${index} with a number ${(index * 2654435761) % 2 ** 32}\n`).join(''),
);

function inflated(t: TestContext, bytes: Uint8Array): Inflated {
  const path = join(temporaryFolder(t), 'app.log.1.gz');
  writeFileSync(path, bytes);
  const fd = openSync(path, 'r');
  t.after(() => closeSync(fd));
  return new Inflated(fd);
}

/** All of it, read in pieces of so many bytes. */
async function whole(reader: Inflated, size: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let offset = 0; ; ) {
    const buffer = Buffer.alloc(size);
    const count = await reader.read(buffer, offset);
    pieces.push(buffer.subarray(0, count));
    offset += count;
    if (count < size) return Buffer.concat(pieces);
  }
}

test('a gzip is read in pieces of any size', async (t) => {
  for (const size of [1000, 64 * 1024, 2 ** 21]) {
    const reader = inflated(t, gzipSync(text));
    assert.ok((await whole(reader, size)).equals(text));
    assert.equal(reader.ending, 'whole');
  }
});

test('a place is read again, one before it as well, and none behind the end', async (t) => {
  const reader = inflated(t, gzipSync(text));
  for (const offset of [0, 0, 300_000, 300_100, 64, 900_000, text.length - 10, text.length, text.length + 1000]) {
    const buffer = Buffer.alloc(500);
    const count = await reader.read(buffer, offset);
    assert.ok(buffer.subarray(0, count).equals(text.subarray(offset, offset + 500)), `at ${offset}`);
  }
});

test('begun again in the middle of a read, the read goes on', async (t) => {
  const reader = inflated(t, gzipSync(text));
  const buffer = Buffer.alloc(200_000);
  for (let time = 0; time < 20; time += 1) {
    const reading = reader.read(buffer, 300_000);
    for (let turn = 0; turn < time; turn += 1) await setImmediate();
    reader.close();
    assert.equal(await reading, buffer.length);
    assert.ok(buffer.equals(text.subarray(300_000, 500_000)), `after ${time} turns`);
  }
});

test('several members are one text', async (t) => {
  const cuts = [0, 5, 70_000, 70_001, text.length];
  const members = cuts.slice(1).map((end, index) => gzipSync(text.subarray(cuts[index], end)));
  const reader = inflated(t, Buffer.concat(members));
  assert.ok((await whole(reader, 50_000)).equals(text));
  assert.equal(reader.ending, 'whole');
});

test('zeros behind the last member are left out', async (t) => {
  const reader = inflated(t, Buffer.concat([gzipSync(text), Buffer.alloc(100_000)]));
  assert.ok((await whole(reader, 50_000)).equals(text));
});

test('one that is cut short gives what is there', async (t) => {
  const bytes = gzipSync(text);
  for (const length of [0, 5, 1000, bytes.length - 1]) {
    const reader = inflated(t, bytes.subarray(0, length));
    const read = await whole(reader, 50_000);
    assert.equal(reader.ending, 'short', `${length} bytes`);
    assert.ok(text.subarray(0, read.length).equals(read));
    if (length > 40_000) assert.ok(read.length > text.length / 4);
  }
});

test('one that is damaged gives what stands before the damage', async (t) => {
  const bytes = gzipSync(text);
  bytes.fill(0xff, 60_000, 60_100);
  const reader = inflated(t, bytes);
  const read = await whole(reader, 50_000);
  assert.equal(reader.ending, 'broken');
  assert.ok(read.length > 0);
  assert.equal(await inflated(t, Buffer.from('no gzip at all')).read(Buffer.alloc(10), 0), 0);
});
