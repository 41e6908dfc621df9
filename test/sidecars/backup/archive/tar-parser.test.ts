import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { ArchiveError } from '../../../../sidecars/backup/archive/errors.ts';
import { TarParser } from '../../../../sidecars/backup/archive/tar-parser.ts';
import { unpack } from '../../../../sidecars/backup/archive/unpack.ts';
import { inChunks } from '../bytes.ts';
import { type Crafted, craft, end } from './crafted.ts';
import { snapshot } from './scene.ts';

/** Reads an archive in chunks of some size. */
function parse(archive: Buffer, size: number) {
  const parser = new TarParser();
  const found: { name: string; type: string; content: string; at: number }[] = [];
  for (let at = 0; at < archive.length; at += size) {
    parser.push(Uint8Array.from(archive.subarray(at, at + size)));
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      if (event.type === 'entry') {
        const { name, type, at } = event.header;
        found.push({ name: name.toString(), type, content: '', at });
        continue;
      }
      const last = found.at(-1);
      assert.ok(last);
      last.content += event.bytes.toString();
    }
  }
  return { parser, found };
}

const archive = craft(
  { name: 'folder/', type: 'directory' },
  { name: 'folder/one', content: 'first'.repeat(200) },
  { name: 'two', content: '', records: { path: 'a name from a record' } },
  { name: 'three', content: '3' },
);

for (const size of [1, 100, 511, 512, 513, 10_000]) {
  test(`entries and content come out of chunks of ${size} bytes`, () => {
    const { parser, found } = parse(archive, size);
    parser.end();
    assert.deepEqual(found, [
      { name: 'folder', type: 'directory', content: '', at: 0 },
      { name: 'folder/one', type: 'file', content: 'first'.repeat(200), at: 512 },
      { name: 'a name from a record', type: 'file', content: '', at: 2048 },
      { name: 'three', type: 'file', content: '3', at: 3584 },
    ]);
    assert.equal(parser.position, archive.length);
    assert.equal(parser.last?.name.toString(), 'three');
    assert.equal(parser.entry, undefined);
  });
}

test('a header of which a byte is another one is told, with where it is', () => {
  const damaged = Buffer.from(archive);
  damaged[2048 + 1024 + 3] = (damaged[2048 + 1024 + 3] ?? 0) ^ 1;
  assert.throws(
    () => parse(damaged, 300),
    (error) => error instanceof ArchiveError && error.position === 3072 && /a wrong checksum/.test(error.message),
  );
});

for (const [what, bytes, said] of [
  ['something behind the end', Buffer.concat([archive, Buffer.alloc(512, 'x')]), /something stands behind its end/],
  [
    'records without an entry',
    Buffer.concat([craft({ name: 'x', records: { path: 'y' } }).subarray(0, 1024), end]),
    /the header of an entry is missing/,
  ],
  ['records that are damaged', craft({ name: 'x', records: { path: 'y' } }).fill('z', 512, 516), /its records are damaged/],
  ['a size that is no number', craft({ name: 'x', records: { size: '-5' } }), /"-5" is no size/],
  ['a time that is none', craft({ name: 'x', records: { mtime: 'now' } }), /cannot read the time "now"/],
  [
    'a type that nobody knows',
    craft({ name: 'x', type: 'globalRecords' }, { name: 'y', type: 'longName' }, { name: 'z', major: 0 }).fill('Z', 156, 157),
    /a wrong checksum/,
  ],
  [
    'a sparse file in an old format',
    craft({ name: 'x', records: { 'GNU.sparse.map': '0,1', 'GNU.sparse.size': '9' } }),
    /a sparse file in an old format/,
  ],
  [
    'a sparse file whose map says more than there is',
    craft(sparse('1\n0\n100\n', 'xy')),
    /is of 100 bytes, of which 2 are there/,
  ],
  ['a sparse file whose map goes beyond its size', craft(sparse('1\n5\n2\n', 'xy')), /goes on behind its end/],
  [
    'a sparse file whose map is cut off',
    craft({ name: 'x', records: { 'GNU.sparse.major': '1', 'GNU.sparse.realsize': '5' }, content: '3\n1\n' }),
    /is cut off/,
  ],
] as const) {
  test(`${what}: that is no archive of ours`, () => {
    assert.throws(
      () => parse(bytes, 1000).parser.end(),
      (error) => error instanceof ArchiveError && said.test(error.message),
    );
  });
}

function sparse(map: string, content: string): Crafted {
  return {
    name: 'x',
    records: { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'x', 'GNU.sparse.realsize': '6' },
    content: map.padEnd(512, '\0') + content,
  };
}

test('what GNU tar packs is unpacked here', needs('linux', 'attr', 'acl'), async (t) => {
  const home = temporaryFolder(t);
  const [source, restored] = [join(home, 'source'), join(home, 'restored')];
  mkdirSync(join(source, 'folder'), { recursive: true });
  writeFileSync(join(source, 'folder', 'n'.repeat(150)), 'long');
  writeFileSync(join(source, 'file'), Buffer.alloc(10_000, 'content'));
  linkSync(join(source, 'file'), join(source, 'link'));
  symlinkSync('t'.repeat(200), join(source, 'symlink'));
  writeFileSync(join(source, 'sparse'), 'begins with this');
  truncateSync(join(source, 'sparse'), 5 << 20);
  execFileSync('setfattr', ['-n', 'user.a=b', '-v', 'c', join(source, 'file')]);
  execFileSync('setfacl', ['-m', 'u:4711:rw', join(source, 'file')]);
  const tar = execFileSync('tar', ['--format=posix', '--numeric-owner', '--xattrs', '--acls', '-S', '-C', source, '-c', '.'], {
    maxBuffer: 1 << 30,
  });
  const { shortfalls } = await unpack(inChunks(tar, 10_240), restored);
  assert.deepEqual(shortfalls, []);
  assert.deepEqual(snapshot(restored), snapshot(source));
});
