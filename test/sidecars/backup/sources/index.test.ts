import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { IndexLine } from '../../../../sidecars/backup/sources/index-line.ts';
import { readIndex } from '../../../../sidecars/backup/sources/index-reader.ts';
import { describeEntry, IndexError, type IndexRecord } from '../../../../sidecars/backup/sources/index-record.ts';
import { IndexWriter } from '../../../../sidecars/backup/sources/index-writer.ts';
import { inChunks, Kept } from '../bytes.ts';
import { makeTree, walkAll } from './tree.ts';

const plain: IndexRecord = {
  name: Buffer.from('data/file'),
  type: 'file',
  size: 12,
  mode: 0o644,
  uid: 1000,
  gid: 65_534,
  mtimeNs: 1_764_126_900_123_456_789n,
  ctimeNs: 1_764_126_900_123_456_790n,
  inode: 18_446_744_073_709_551_615n,
  stored: 'here',
  again: false,
  offset: 512,
};

/** Ascending. */
const records: readonly IndexRecord[] = [
  { ...plain, name: Buffer.from('\x01\n\t\r\x7f%41') },
  { ...plain, name: Buffer.from('a'), type: 'directory', size: 0, mode: 0o7777, again: true },
  { ...plain, name: Buffer.from('a/to'), type: 'symlink', target: Buffer.from('../b\n%0A\xff', 'latin1') },
  { ...plain, name: Buffer.from('a b'), type: 'hardlink', target: Buffer.from('a'), stored: 'parent', again: true },
  { ...plain, name: Buffer.from('end\t1'), type: 'fifo', mtimeNs: -1n, ctimeNs: 0n, inode: 0n, uid: 2 ** 32 - 2 },
  { ...plain, name: Buffer.from('f'), size: Number.MAX_SAFE_INTEGER, offset: 2 ** 43, stored: 'parent' },
  { ...plain, name: Buffer.from('ü€😀') },
  { ...plain, name: Buffer.from([0xff, 0xfe, 0x25]), type: 'block' },
  { ...plain, name: Buffer.alloc(4096, 0xff), type: 'character' },
];

async function written(list: readonly IndexRecord[]): Promise<Buffer> {
  const kept = new Kept();
  const writer = new IndexWriter(kept);
  for (const record of list) await writer.add(record, record);
  await writer.end();
  assert.ok(kept.ended);
  return kept.bytes;
}

const read = (bytes: Uint8Array, size?: number) => Array.fromAsync(readIndex(inChunks(bytes, size)));

describe('an index', () => {
  test('is read as it was written, however it is cut into chunks', async () => {
    const bytes = await written(records);
    for (const size of [1, 2, 7, 100, bytes.length]) assert.deepEqual(await read(bytes, size), records, `chunks of ${size}`);
  });

  test('of nothing has no records', async () => {
    assert.deepEqual(await read(await written([])), []);
  });

  test('is UTF-8, with a line for each record and a version in the first', async () => {
    const lines = new TextDecoder('utf-8', { fatal: true }).decode(await written(records)).split('\n');
    assert.equal(lines.length, records.length + 3);
    assert.equal(lines[0], 'sidekick-index 1');
    assert.equal(
      lines[2],
      'd\t7777\t1000\t65534\t0\t1764126900123456789\t1764126900123456790\t18446744073709551615\ta\t\there+again\t512',
    );
    assert.equal(lines.at(-2), `end\t${records.length}`);
    assert.ok(lines[1]?.includes('\t%01%0A%09%0D%7F%2541\t'));
    assert.ok(lines[7]?.includes('\tü€😀\t'));
  });

  test('has what a walk found', async (t) => {
    const folder = temporaryFolder(t);
    for (let at = 0; at < 2000; at += 1) makeTree(folder, { [`${at % 13}/${at} %\t`]: '' });
    const { found } = walkAll(folder);
    const kept = new Kept();
    const later = Date.now() + 3_600_000;
    const writer = new IndexWriter(kept, () => later);
    let waits = 0;
    for (const [at, { entry }] of found.entries()) {
      const room = writer.add(entry, { stored: 'here', again: false, offset: at * 512 });
      if (room !== undefined) waits += 1;
      await room;
    }
    await writer.end();
    assert.ok(waits > 0 && waits < 10, 'lines are gathered');
    const expected = found.map(({ entry }, at) => {
      const { device, links, ...known } = entry;
      assert.ok(device >= 0n && links > 0);
      return { ...known, stored: 'here', again: false, offset: at * 512 };
    });
    assert.deepEqual(await read(kept.bytes, 4096), expected);
  });

  test('does not let the next backup trust what changed a moment ago', async (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { file: '' });
    const { found } = walkAll(folder);
    const seconds = (ns: bigint | undefined) => Number(ns) / 1e9;
    for (const [age, trusted] of [
      [0, false],
      [1.9, false],
      [2.1, true],
    ] as const) {
      const kept = new Kept();
      const { entry } = found[1] ?? assert.fail();
      const writer = new IndexWriter(kept, () => Math.round((seconds(entry.ctimeNs) + age) * 1000));
      await writer.add(entry, { stored: 'here', again: false, offset: 0 });
      await writer.end();
      const [record] = await read(kept.bytes);
      assert.equal(record?.ctimeNs, trusted ? entry.ctimeNs : 0n, `after ${age} s`);
    }
  });

  test('that is cut anywhere is refused', async () => {
    const bytes = await written(records.slice(0, 3));
    for (let length = 0; length < bytes.length; length += 1)
      await assert.rejects(read(bytes.subarray(0, length)), IndexError, `cut after ${length} bytes`);
    await assert.rejects(read(bytes.subarray(0, -6)), /the index is cut: it ends after 3 records/);
  });

  const text = 'sidekick-index 1\nf\t644\t0\t0\t1\t2\t3\t4\tname\t\there\t0\nend\t1\n';
  const bad: Readonly<Record<string, readonly [string, RegExp]>> = {
    'of a later version': [
      text.replace('index 1', 'index 2'),
      /version 2; read it with the sidecar that wrote it, or with a newer one/,
    ],
    'that is something else': ['PK\x03\x04\n', /this is no index of a backup/],
    'with a wrong count': [text.replace('end\t1', 'end\t2'), /it has 1 records, and says 2/],
    'with more behind its end': [`${text}f`, /something behind its last line/],
    'with an unknown type': [text.replace('\nf', '\nx'), /is no record: x\t644/],
    'with a link that leads nowhere': [text.replace('\nf', '\nl'), /is no record/],
    'with a file that has a target': [text.replace('name\t', 'name\tx'), /is no record/],
    'with a number that is none': [text.replace('\t2\t', '\t0x2\t'), /is no record/],
    'with another place': [text.replace('here', 'there'), /is no record/],
    'without a name': [text.replace('name', ''), /is no record/],
    'out of order': [text.replace(/f.*\n/, '$&$&').replace('end\t1', 'end\t2'), /name is out of order/],
    'without line ends': [`sidekick-index 1\n${'f'.repeat(80_000)}`, /record 1 has no end/],
  };
  for (const [what, [content, message]] of Object.entries(bad)) {
    test(`${what} is refused`, async () => {
      const named = (error: unknown) => error instanceof IndexError && message.test(error.message);
      await assert.rejects(read(Buffer.from(content, 'latin1'), 30_000), named);
    });
  }

  test('lets go of its source where nobody reads on', async () => {
    let closed = false;
    const source = async function* () {
      try {
        yield* inChunks(await written(records), 64);
      } finally {
        closed = true;
      }
    };
    for await (const record of readIndex(source())) {
      assert.deepEqual(record, records[0]);
      break;
    }
    assert.ok(closed);
  });
});

describe('a line', () => {
  const line = new IndexLine(`${describeEntry(plain)}\there\t512`);

  test('tells of an entry that is the same in everything', () => {
    assert.ok(line.tellsOf(describeEntry(plain)));
    const others = [
      { name: Buffer.from('data/fil') },
      { name: Buffer.from('data/file2') },
      { type: 'fifo' },
      { size: 13 },
      { mode: 0o645 },
      { uid: 0 },
      { gid: 0 },
      { mtimeNs: plain.mtimeNs + 1n },
      { ctimeNs: plain.ctimeNs - 1n },
      { inode: 1n },
      { type: 'symlink', target: Buffer.from('x') },
    ] as const;
    for (const other of others) assert.ok(!line.tellsOf(describeEntry({ ...plain, ...other })), Object.keys(other).join());
  });

  test('is inherited with its place', () => {
    for (const again of [false, true]) {
      const of = new IndexLine(`${describeEntry({ ...plain, name: Buffer.from('here') })}\there${again ? '+again' : ''}\t77`);
      assert.deepEqual(of.inherited().record, { ...of.record, stored: 'parent' });
      assert.deepEqual(of.inherited().inherited().text, of.inherited().text);
    }
  });
});
