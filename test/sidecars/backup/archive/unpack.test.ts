import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { ArchiveError, RestoreError, UnsafeEntryError } from '../../../../sidecars/backup/archive/errors.ts';
import { unpack } from '../../../../sidecars/backup/archive/unpack.ts';
import { inChunks } from '../bytes.ts';
import { type Crafted, craft } from './crafted.ts';

const linux = needs('linux');

/** A folder to restore to, with something beside it that must stay as it is. */
function scene(t: TestContext) {
  const home = temporaryFolder(t);
  const [outside, inside] = [join(home, 'outside'), join(home, 'inside')];
  mkdirSync(outside);
  mkdirSync(inside);
  writeFileSync(join(outside, 'secret'), 'untouched');
  const restore = (...entries: readonly Crafted[]) => unpack(inChunks(craft(...entries), 700), inside);
  const untouched = () => {
    assert.deepEqual(readdirSync(outside), ['secret']);
    assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'untouched');
    assert.deepEqual(readdirSync(home).sort(), ['inside', 'outside']);
  };
  return { home, outside, inside, restore, untouched };
}

for (const [what, entries] of [
  ['a name with ".." in front', [{ name: '../outside/secret', content: 'evil' }]],
  ['a name with ".." in it', [{ name: 'a/../../outside/secret', content: 'evil' }]],
  ['a name with ".." at its end', [{ name: 'a/..', type: 'directory' }]],
  ['an absolute name', [{ name: '/outside/secret', content: 'evil' }]],
  ['a name with ".." in a record', [{ name: 'harmless', records: { path: '../outside/secret' }, content: 'evil' }]],
  ['a name with a NUL in a record', [{ name: 'harmless', records: { path: 'a\0b' }, content: 'evil' }]],
  [
    'a name with ".." of a sparse file',
    [
      {
        name: 'x',
        records: { 'GNU.sparse.major': '1', 'GNU.sparse.name': '../outside/secret', 'GNU.sparse.realsize': '1' },
        content: `1\n0\n1\n${'\0'.repeat(506)}e`,
      },
    ],
  ],
  [
    'a file behind a symlink',
    [
      { name: 'link', type: 'symlink', target: '../outside' },
      { name: 'link/secret', content: 'evil' },
    ],
  ],
  [
    'a folder behind a symlink',
    [
      { name: 'link', type: 'symlink', target: '../outside' },
      { name: 'link/new', type: 'directory' },
    ],
  ],
  [
    'a symlink behind a symlink',
    [
      { name: 'a', type: 'directory' },
      { name: 'a/link', type: 'symlink', target: '../../outside' },
      { name: 'a/link/new', type: 'symlink', target: 'x' },
    ],
  ],
  [
    'a file behind two symlinks',
    [
      { name: 'one', type: 'symlink', target: '..' },
      { name: 'two', type: 'symlink', target: 'one/outside' },
      { name: 'two/secret', content: 'evil' },
    ],
  ],
  [
    'a hard link to what is outside',
    [
      { name: 'link', type: 'hardlink', target: '../outside/secret' },
      { name: 'link', content: 'evil' },
    ],
  ],
  ['a hard link to an absolute name', [{ name: 'link', type: 'hardlink', target: '/etc/passwd' }]],
  [
    'a hard link through a symlink',
    [
      { name: 'out', type: 'symlink', target: '../outside' },
      { name: 'link', type: 'hardlink', target: 'out/secret' },
    ],
  ],
  [
    'a hard link to itself',
    [
      { name: 'link', content: 'x' },
      { name: 'link', type: 'hardlink', target: './link' },
    ],
  ],
  ['a file in the place of the folder', [{ name: '.', content: 'evil' }]],
  [
    'a folder that became a symlink',
    [
      { name: 'a', type: 'directory' },
      { name: 'a', type: 'symlink', target: '../outside' },
      { name: 'a/secret', content: 'evil' },
    ],
  ],
] as const satisfies [string, Crafted[]][]) {
  test(`${what} is refused by name, and nothing outside is touched`, linux, async (t) => {
    const { restore, untouched } = scene(t);
    await assert.rejects(restore(...entries), (error) => {
      assert.ok(error instanceof UnsafeEntryError, String(error));
      const last = entries.at(-1) as Crafted | undefined;
      const offender = entries.length === 2 && last?.content === 'evil' && entries[0]?.type === 'hardlink' ? entries[0] : last;
      const name = offender?.records?.path ?? offender?.records?.['GNU.sparse.name'] ?? offender?.name;
      assert.ok(error.message.includes(JSON.stringify(name === '.' ? '' : name)), error.message);
      return true;
    });
    untouched();
  });
}

test('a file that comes under the name of a symlink replaces the link, and not what it points to', linux, async (t) => {
  const { inside, restore, untouched } = scene(t);
  await restore({ name: 'link', type: 'symlink', target: '../outside/secret' }, { name: 'link', content: 'new' });
  untouched();
  assert.ok(lstatSync(join(inside, 'link')).isFile());
  assert.equal(readFileSync(join(inside, 'link'), 'utf8'), 'new');
});

test('a file that comes under the name of a hard link leaves the other name as it was', linux, async (t) => {
  const { inside, restore } = scene(t);
  await restore({ name: 'a', content: 'first' }, { name: 'b', type: 'hardlink', target: 'a' }, { name: 'b', content: 'second' });
  assert.equal(readFileSync(join(inside, 'a'), 'utf8'), 'first');
  assert.equal(readFileSync(join(inside, 'b'), 'utf8'), 'second');
});

test('a symlink that stood in the folder before is not followed', linux, async (t) => {
  const { outside, inside, restore, untouched } = scene(t);
  symlinkSync(outside, join(inside, 'data'));
  symlinkSync(join(outside, 'secret'), join(inside, 'file'));
  await assert.rejects(restore({ name: 'data/secret', content: 'evil' }), UnsafeEntryError);
  await restore({ name: 'file', content: 'new' });
  untouched();
  // as a folder of the archive it is replaced
  await restore({ name: 'data', type: 'directory' }, { name: 'data/secret', content: 'fine' });
  untouched();
  assert.equal(readFileSync(join(inside, 'data/secret'), 'utf8'), 'fine');
});

test('the folder that is restored to may itself be reached through a symlink', linux, async (t) => {
  const { home, inside } = scene(t);
  symlinkSync(inside, join(home, 'way'));
  await unpack(inChunks(craft({ name: './a/', type: 'directory' }, { name: './a//b', content: 'x' })), join(home, 'way'));
  assert.equal(readFileSync(join(inside, 'a/b'), 'utf8'), 'x');
});

test('a later entry replaces an earlier one of any type, save a folder with something in it', linux, async (t) => {
  const { inside, restore } = scene(t);
  const types: readonly Crafted[] = [
    { name: 'x', content: 'file' },
    { name: 'x', type: 'directory' },
    { name: 'x', type: 'symlink', target: 'nowhere' },
    { name: 'x', type: 'fifo' },
  ];
  for (const first of types)
    for (const second of types) {
      await restore(first, second, { name: 'other', content: 'x' });
      const stats = lstatSync(join(inside, 'x'));
      const type = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'fifo';
      assert.equal(type, second.type ?? 'file', `${first.type} and then ${second.type}`);
    }
  const full = restore({ name: 'x', type: 'directory' }, { name: 'x/in it', content: 'x' }, { name: 'x', content: 'file' });
  await assert.rejects(full, (error) => error instanceof RestoreError && /cannot restore x: ENOTEMPTY/.test(error.message));
});

test('a file that stands where a folder should be is told', linux, async (t) => {
  const { restore } = scene(t);
  await assert.rejects(
    restore({ name: 'a', content: 'x' }, { name: 'a/b', content: 'x' }),
    /cannot restore a\/b: .*\/a is no folder/,
  );
});

test('folders have their time and mode at the end, also those that nothing may be written to', linux, async (t) => {
  const { inside, restore } = scene(t);
  const folder = (name: string, seconds: number, mode: number): Crafted => ({ name, type: 'directory', seconds, mode });
  await restore(
    folder('a', 1_000, 0o555),
    folder('a/b', 2_000, 0o500),
    { name: 'a/b/file', content: 'x' },
    { name: 'a/file', content: 'x' },
    folder('c', 3_000, 0o711),
    // stored again, as it had changed
    { name: 'a/b/file', content: 'again' },
    { name: 'deep/er/file', content: 'in folders of which the archive says nothing' },
  );
  atEnd(t, () => execFileSync('chmod', ['-R', 'u+w', inside]));
  const found = ['a', 'a/b', 'c'].map((name) => {
    const { mtimeMs, mode } = statSync(join(inside, name));
    return [name, mtimeMs / 1000, (mode & 0o777).toString(8)];
  });
  assert.deepEqual(found, [
    ['a', 1_000, '555'],
    ['a/b', 2_000, '500'],
    ['c', 3_000, '711'],
  ]);
  assert.equal(readFileSync(join(inside, 'a/b/file'), 'utf8'), 'again');
  assert.ok(existsSync(join(inside, 'deep/er/file')));
});

test('a folder that nothing may be written to can be restored over itself', needs('linux', 'root'), async (t) => {
  const { home, inside } = scene(t);
  chmodSync(home, 0o755);
  chmodSync(inside, 0o777);
  process.seteuid?.(65_534);
  atEnd(t, () => process.seteuid?.(0));
  for (const content of ['once', 'twice']) {
    const archive = craft({ name: 'a', type: 'directory', mode: 0o555 }, { name: 'a/b', content });
    const { entries } = await unpack(inChunks(archive), inside);
    assert.equal(entries, 2);
    assert.equal(readFileSync(join(inside, 'a/b'), 'utf8'), content);
    assert.equal(statSync(join(inside, 'a')).mode & 0o777, 0o555);
  }
  process.seteuid?.(0);
});

test('what is unpacked over an earlier backup leaves the times of folders as that one had them', linux, async (t) => {
  const { inside, restore } = scene(t);
  await restore({ name: 'a', type: 'directory', seconds: 1_000, mode: 0o555 }, { name: 'a/file', content: 'full', seconds: 5 });
  atEnd(t, () => execFileSync('chmod', ['-R', 'u+w', inside]));
  await restore({ name: 'a/file', content: 'changed', seconds: 6 });
  const { mtimeMs, mode } = statSync(join(inside, 'a'));
  assert.deepEqual([mtimeMs, mode & 0o777], [1_000_000, 0o555]);
  assert.equal(readFileSync(join(inside, 'a/file'), 'utf8'), 'changed');
});

test('only what is wanted is restored, and links to what is not are told', linux, async (t) => {
  const { inside } = scene(t);
  const archive = craft(
    { name: 'a', type: 'directory' },
    { name: 'a/one', content: 'first' },
    { name: 'a/two', content: 'second' },
    { name: 'b', type: 'directory' },
    { name: 'b/link', type: 'hardlink', target: 'a/one' },
    { name: 'b/near', type: 'hardlink', target: 'b/link' },
    { name: 'b/own', content: 'third' },
  );
  const seen: string[] = [];
  const unpacked = await unpack(inChunks(archive, 512), inside, {
    wants: async (name) => name.toString().startsWith('b'),
    onEntry: ({ name }) => seen.push(name.toString()),
  });
  assert.deepEqual(seen, ['b', 'b/link', 'b/near', 'b/own']);
  assert.deepEqual(readdirSync(inside, { recursive: true }).sort(), ['b', 'b/own']);
  assert.deepEqual(
    unpacked.unlinked.map(({ name, target }) => [name.toString(), target.toString()]),
    [
      ['b/link', 'a/one'],
      ['b/near', 'b/link'],
    ],
  );
  assert.deepEqual([unpacked.entries, unpacked.files, unpacked.bytes], [2, 1, 5]);
});

test(
  'without the right to give files away they belong to who restores them, without set-user-ID bits',
  needs('linux', 'root'),
  async (t) => {
    const { home, inside } = scene(t);
    chmodSync(home, 0o755);
    chmodSync(inside, 0o777);
    process.setegid?.(65_534);
    process.seteuid?.(65_534);
    const back = () => {
      process.seteuid?.(0);
      process.setegid?.(0);
    };
    atEnd(t, back);
    const unpacked = await unpack(
      inChunks(
        craft(
          { name: 'file', content: 'x', mode: 0o6755, uid: 1000, gid: 1000, seconds: 77 },
          { name: 'folder', type: 'directory', mode: 0o2755, uid: 1000, gid: 1000, seconds: 88 },
          { name: 'mine', content: 'x', mode: 0o4755, uid: 65_534, gid: 65_534 },
          { name: 'device', type: 'character', major: 1, minor: 3 },
          { name: 'link', type: 'symlink', target: 'file', uid: 1000, gid: 1000 },
        ),
      ),
      inside,
    );
    back();
    assert.deepEqual(
      unpacked.shortfalls.map(({ lack, count, entry }) => [lack, count, entry.toString()]),
      [
        ['owner', 3, 'file'],
        ['set-id', 2, 'file'],
        ['device', 1, 'device'],
      ],
    );
    assert.match(unpacked.shortfalls[0]?.reason ?? '', /EPERM/);
    const found = ['file', 'folder', 'mine'].map((name) => {
      const { mode, uid } = lstatSync(join(inside, name));
      return [name, (mode & 0o7777).toString(8), uid];
    });
    assert.deepEqual(found, [
      ['file', '755', 65_534],
      ['folder', '755', 65_534],
      ['mine', '4755', 65_534],
    ]);
    assert.equal(readlinkSync(join(inside, 'link')), 'file');
  },
);

test('an archive that is cut off anywhere is told, with the entry and where', linux, async (t) => {
  const { inside } = scene(t);
  const archive = craft(
    { name: 'a', type: 'directory' },
    { name: 'a/file', content: 'x'.repeat(700), records: { mtime: '1.5' } },
    { name: 'b', content: '' },
  );
  for (const [cut, entry] of [
    [0, undefined],
    [100, undefined],
    [512, undefined],
    [1100, undefined],
    [1600, undefined],
    [2048, 'a/file'],
    [2500, 'a/file'],
    [2760, 'a/file'],
    [3072, undefined],
    [3584, undefined],
    [4096, undefined],
    [archive.length - 1, undefined],
  ] as const) {
    await assert.rejects(unpack(inChunks(archive.subarray(0, cut), 300), inside), (error) => {
      assert.ok(error instanceof ArchiveError, String(error));
      assert.deepEqual([error.position, error.entry?.toString()], [cut, entry]);
      assert.match(error.message, /it is cut off/);
      return true;
    });
  }
  await unpack(inChunks(archive, 300), inside);
});

test('a full disk is told with the entry that did not fit', needs('linux', 'root'), async (t) => {
  const folder = temporaryMount(t, 'size=256k');
  fill(folder);
  await assert.rejects(unpack(inChunks(craft({ name: 'file', content: 'x'.repeat(5000) })), folder), (error) => {
    assert.ok(error instanceof RestoreError);
    assert.match(error.message, /cannot restore file: ENOSPC.*make room/);
    return true;
  });
});

test(
  'where no link can be made between two file systems, the content is there twice, and told',
  needs('linux', 'root'),
  async (t) => {
    const other = temporaryMount(t, 'size=1m');
    const { inside } = scene(t);
    mkdirSync(join(inside, 'there'));
    execFileSync('mount', ['--bind', other, join(inside, 'there')]);
    atEnd(t, () => execFileSync('umount', ['--lazy', join(inside, 'there')]));
    const { shortfalls } = await unpack(
      inChunks(
        craft({ name: 'here', content: 'content' }, { name: 'there/link', type: 'hardlink', target: 'here', mode: 0o604 }),
      ),
      inside,
    );
    assert.deepEqual(
      shortfalls.map(({ lack, count }) => [lack, count]),
      [['link', 1]],
    );
    assert.match(shortfalls[0]?.reason ?? '', /EXDEV/);
    assert.equal(readFileSync(join(inside, 'there/link'), 'utf8'), 'content');
    assert.equal(statSync(join(inside, 'there/link')).mode & 0o777, 0o604);
  },
);

test('what cannot be set of an attribute is told once for its kind, and the rest goes on', linux, async (t) => {
  const { inside } = scene(t);
  const records = { 'SCHILY.xattr.nonsense.x': 'y', 'SCHILY.acl.access': 'user:alice:rw-' };
  const { shortfalls, entries } = await unpack(
    inChunks(craft({ name: 'a', content: 'x', records }, { name: 'b', content: 'y', records }, { name: 'c', content: 'z' })),
    inside,
  );
  assert.equal(entries, 3);
  assert.deepEqual(
    shortfalls.map(({ lack, count, entry }) => [lack, count, entry.toString()]),
    [
      ['acl', 2, 'a'],
      ['xattr', 2, 'a'],
    ],
  );
  assert.match(shortfalls[0]?.reason ?? '', /users and groups have to be numbers/);
  assert.match(shortfalls[1]?.reason ?? '', /ENOTSUP/);
});

test('what is there already is not touched where the archive says nothing of it', linux, async (t) => {
  const { inside, restore } = scene(t);
  writeFileSync(join(inside, 'mine'), 'mine');
  utimesSync(join(inside, 'mine'), 1, 2);
  await restore({ name: 'a', content: 'x' });
  assert.deepEqual([readFileSync(join(inside, 'mine'), 'utf8'), statSync(join(inside, 'mine')).mtimeMs], ['mine', 2000]);
});
