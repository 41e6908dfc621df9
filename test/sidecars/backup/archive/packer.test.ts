import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { SpecialFiles } from '#shared/linux/special-files.ts';
import { Xattrs } from '#shared/linux/xattr.ts';
import type { Entry } from '../../../../sidecars/backup/archive/entry.ts';
import { Frames } from '../../../../sidecars/backup/archive/frames.ts';
import { openSystem } from '../../../../sidecars/backup/archive/system.ts';
import { fileEntry, pack, packEntries, packFolder, unpackTo, untarTo } from './scene.ts';

const linux = needs('linux', 'zstd');

/** A file, packed while something is done to it each time it was opened; and what comes out of the archive. */
async function packedWhile(t: TestContext, content: Buffer, meddle: (path: string, opened: number) => void) {
  const home = temporaryFolder(t);
  const [path, ours, gnu] = ['file', 'ours', 'gnu'].map((name) => join(home, name)) as [string, string, string];
  writeFileSync(path, content);
  // long ago, so that whatever is written now has another time
  utimesSync(path, 1_600_000_000, 1_600_000_000);
  const entry = fileEntry(path);
  let opened = 0;
  const made = await packEntries([[entry, path]], {
    onOpen: () => {
      opened += 1;
      meddle(path, opened);
    },
  });
  await unpackTo(ours, made.bytes);
  mkdirSync(gnu);
  untarTo(gnu, made.bytes);
  const stored = existsSync(join(ours, 'file')) ? readFileSync(join(ours, 'file')) : undefined;
  if (stored !== undefined) assert.ok(readFileSync(join(gnu, 'file')).equals(stored), 'GNU tar reads the same');
  const [packed] = made.packed;
  assert.ok(packed);
  return { packed, stored, entry };
}

const small = Buffer.alloc(3000, 'before ');
const large = Buffer.alloc((2 << 20) + 500, 'before ');

for (const [size, content] of Object.entries({ small, large })) {
  test(`a ${size} file that grows is cut to the size it had when it was opened, and told`, linux, async (t) => {
    const { packed, stored } = await packedWhile(t, content, (path) => appendFileSync(path, 'more'));
    assert.equal(packed.outcome, 'changed');
    assert.match(packed.reason ?? '', /^it grew from \d+ to \d+ bytes/);
    assert.equal(stored?.length, packed.entry.size);
    assert.ok(stored.subarray(0, content.length).equals(content));
  });

  test(`a ${size} file that shrinks is filled with zeros to its size, and told`, linux, async (t) => {
    const { packed, stored } = await packedWhile(t, content, (path) => truncateSync(path, statSync(path).size - 100));
    assert.equal(packed.outcome, 'changed');
    assert.match(packed.reason ?? '', /^it shrank from \d+ to \d+ bytes/);
    assert.equal(stored?.length, packed.entry.size);
    const read = packed.entry.size - 100;
    assert.ok(stored.equals(Buffer.concat([content.subarray(0, read), Buffer.alloc(100)])));
  });

  test(`a ${size} file that is written over is told, though its size is the same`, linux, async (t) => {
    const { packed, stored } = await packedWhile(t, content, (path, opened) => {
      writeFileSync(path, 'after', { flag: 'r+' });
      utimesSync(path, 1_600_000_000, 1_600_000_000 + opened);
    });
    assert.equal(packed.outcome, 'changed');
    assert.equal(packed.reason, 'it was written to while it was read');
    assert.equal(stored?.length, content.length);
  });

  test(`a ${size} file that is deleted while it is open is stored and told`, linux, async (t) => {
    const { packed, stored } = await packedWhile(t, content, (path) => rmSync(path, { force: true }));
    // one that was looked at again after that has not changed any more
    assert.ok(packed.outcome === 'changed' || packed.outcome === 'stored');
    assert.equal(packed.entry.links, packed.outcome === 'changed' ? 1 : 0);
    assert.ok(stored?.equals(content));
  });

  test(`a ${size} file that changed between the walk and now is stored as it is now`, linux, async (t) => {
    const { packed, stored, entry } = await packedWhile(t, content, (path, opened) => {
      if (opened === 1 && content === small) appendFileSync(path, 'more');
    });
    assert.equal(packed.outcome, 'stored');
    if (content === large) return;
    assert.equal(packed.entry.size, entry.size + 4);
    assert.ok(stored?.equals(Buffer.concat([content, Buffer.from('more')])));
    assert.notEqual(packed.entry.ctimeNs, entry.ctimeNs);
  });
}

test('a file that another process writes to all the time leaves an archive that is whole', linux, async (t) => {
  const home = temporaryFolder(t);
  const source = join(home, 'source');
  const busy = join(source, 'busy');
  mkdirSync(source);
  writeFileSync(busy, Buffer.alloc(8 << 20, 'x'));
  for (const name of ['after', 'before']) writeFileSync(join(source, name), name);
  const script = `const fs = require('node:fs'); const fd = fs.openSync(process.argv[1], 'a');
    for (;;) { fs.writeSync(fd, Buffer.alloc(50_000, 'y')); fs.ftruncateSync(fd, 4 << 20); fs.writeSync(fd, Buffer.alloc(5 << 20, 'z')); }`;
  const writer = spawn(process.execPath, ['--eval', script, busy], { stdio: 'ignore' });
  atEnd(t, async () => {
    if (writer.kill('SIGKILL')) await once(writer, 'exit');
  });
  const before = statSync(busy).mtimeMs;
  await until('the writer writes', () => statSync(busy).mtimeMs !== before);
  // the writer may be kept from writing just while the file is read
  let archives = 0;
  await until('it was written to while it was read', async () => {
    const { bytes, packed } = await packFolder(source);
    archives += 1;
    const [gnu, ours] = [join(home, `gnu ${archives}`), join(home, `ours ${archives}`)];
    mkdirSync(gnu);
    untarTo(gnu, bytes);
    assert.equal(statSync(join(gnu, 'busy')).size, packed[2]?.entry.size);
    assert.equal(readFileSync(join(gnu, 'after'), 'utf8'), 'after');
    await unpackTo(ours, bytes);
    assert.ok(readFileSync(join(ours, 'busy')).equals(readFileSync(join(gnu, 'busy'))));
    return packed[2]?.outcome === 'changed';
  });
});

test('what vanished before it was opened, or is no file any more, is told, and nothing is stored', linux, async (t) => {
  const home = temporaryFolder(t);
  const names = ['gone', 'symlink', 'folder', 'fifo', 'parent/file'];
  const path = (name: string) => join(home, name);
  mkdirSync(path('parent'));
  for (const name of names) writeFileSync(path(name), name);
  const entries = names.map((name) => fileEntry(path(name), name));
  for (const name of names) unlinkSync(path(name));
  symlinkSync('/etc/passwd', path('symlink'));
  mkdirSync(path('folder'));
  new SpecialFiles(openLibc()).makeFifo(Buffer.from(path('fifo')), 0o600);
  rmSync(path('parent'), { recursive: true });
  writeFileSync(path('parent'), 'no folder any more');
  const { packed, total } = await packEntries(entries.map((entry) => [entry, path(entry.name.toString())]));
  assert.deepEqual(
    packed.map(({ outcome, bytes }) => [outcome, bytes]),
    entries.map(() => ['vanished', 0]),
  );
  assert.equal(total.plainBytes, 1024);
});

test('a file that may not be read is told by its reason, and nothing of it is stored', needs('linux', 'root'), async (t) => {
  const home = temporaryFolder(t);
  chmodSync(home, 0o755);
  const path = join(home, 'secret');
  writeFileSync(path, 'secret', { mode: 0o600 });
  writeFileSync(join(home, 'public'), 'public', { mode: 0o644 });
  const entries = ['secret', 'public'].map((name) => fileEntry(join(home, name), name));
  process.seteuid?.(65_534);
  atEnd(t, () => process.seteuid?.(0));
  const { packed } = await packEntries(entries.map((entry) => [entry, join(home, entry.name.toString())]));
  process.seteuid?.(0);
  assert.deepEqual(
    packed.map(({ outcome }) => outcome),
    ['unreadable', 'stored'],
  );
  assert.match(packed[0]?.reason ?? '', /EACCES/);
  assert.equal(packed[0]?.bytes, 0);
});

test('a file that cannot be read to its end is filled with zeros, and told by its reason', linux, async (t) => {
  const home = temporaryFolder(t);
  // files of the kernel's own: both say that they have 4096 bytes; one ends earlier, the other cannot be read
  const entries = ['mtu', 'speed'].map((name) => fileEntry(`/sys/class/net/lo/${name}`, name));
  const { bytes, packed } = await packEntries(entries.map((entry) => [entry, `/sys/class/net/lo/${entry.name}`]));
  assert.deepEqual(
    packed.map(({ outcome }) => outcome),
    ['changed', 'damaged'],
  );
  assert.equal(packed[0]?.reason, 'it ended before its size');
  assert.match(packed[1]?.reason ?? '', /EINVAL/);
  await unpackTo(home, bytes);
  const mtu = readFileSync('/sys/class/net/lo/mtu');
  assert.ok(readFileSync(join(home, 'mtu')).equals(Buffer.concat([mtu, Buffer.alloc(4096 - mtu.length)])));
  assert.ok(readFileSync(join(home, 'speed')).equals(Buffer.alloc(4096)));
});

test('a file that changed and is added again counts the second time, and its links come again with it', linux, async (t) => {
  const home = temporaryFolder(t);
  const path = join(home, 'file');
  writeFileSync(path, Buffer.alloc(5000, 'x'));
  linkSync(path, join(home, 'other'));
  linkSync(path, join(home, 'third'));
  const entry = fileEntry(path);
  const link = (name: string): Entry => ({ ...entry, name: Buffer.from(name), type: 'hardlink', size: 0, target: entry.name });
  let writes = 2;
  const made = await pack(
    async function* (packer) {
      yield await packer.add(entry, Buffer.from(path));
      for (const name of ['other', 'third']) yield await packer.add(link(name), Buffer.from(join(home, name)));
      yield await packer.add(entry, Buffer.from(path));
    },
    {
      onOpen: () => {
        if (writes > 0) appendFileSync(path, 'more');
        writes -= 1;
      },
    },
  );
  assert.deepEqual(
    made.packed.map(({ outcome }) => outcome),
    ['changed', 'hardlink', 'hardlink', 'stored'],
  );
  for (const folder of ['ours', 'gnu'].map((name) => join(home, name))) {
    mkdirSync(folder);
    if (folder.endsWith('gnu')) untarTo(folder, made.bytes);
    else await unpackTo(folder, made.bytes);
    for (const name of ['file', 'other', 'third']) {
      assert.ok(readFileSync(join(folder, name)).equals(readFileSync(path)), `${folder}/${name}`);
      assert.equal(statSync(join(folder, name)).nlink, 3);
    }
  }
});

test('a copy is stored with the content of the copy and the attributes of what it is a copy of', linux, async (t) => {
  const home = temporaryFolder(t);
  const [path, copy, restored] = ['database', 'copy', 'restored'].map((name) => join(home, name)) as [string, string, string];
  writeFileSync(path, 'in the midst of a change', { mode: 0o604 });
  writeFileSync(copy, 'whole and right', { mode: 0o600 });
  utimesSync(path, 1_600_000_000, 1_600_000_000);
  const entry = fileEntry(path, 'database');
  const { bytes, packed } = await pack(async function* (packer) {
    yield await packer.addCopy(entry, Buffer.from(copy));
  });
  assert.equal(packed[0]?.outcome, 'stored');
  await unpackTo(restored, bytes);
  assert.equal(readFileSync(join(restored, 'database'), 'utf8'), 'whole and right');
  const { mode, mtimeMs } = statSync(join(restored, 'database'));
  assert.deepEqual([mode & 0o777, mtimeMs], [0o604, 1_600_000_000_000]);
});

test('each entry is where it was said to be, from one to the next', linux, async (t) => {
  const home = temporaryFolder(t);
  for (let index = 0; index < 50; index += 1) writeFileSync(join(home, `f${index}`), Buffer.alloc(index * 3000, 'x'));
  const { packed, total } = await packFolder(home, { blockBytes: 65_536 });
  let at = 0;
  for (const one of packed) {
    assert.equal(one.at, at);
    at += one.bytes;
  }
  assert.equal(total.plainBytes, at + 1024);
});

test('attributes that do not fit are left out and told; the file is stored', linux, async (t) => {
  const home = temporaryFolder(t);
  const path = join(home, 'file');
  writeFileSync(path, 'content');
  const system = openSystem();
  assert.ok(system);
  // no file system here lets a file have so many
  const value = Buffer.alloc(65_536);
  const many = Array.from({ length: 70 }, (_, index) => ({ name: `user.${index}`, value }));
  class Plenty extends Xattrs {
    override ofFile() {
      return many;
    }
  }
  const { packed, bytes } = await packEntries([[fileEntry(path), path]], {
    system: { ...system, xattrs: new Plenty(openLibc()) },
  });
  assert.equal(packed[0]?.outcome, 'stored');
  assert.match(packed[0]?.reason ?? '', /^its extended attributes are not stored: .* 4 MiB/);
  await unpackTo(join(home, 'out'), bytes);
  assert.equal(readFileSync(join(home, 'out/file'), 'utf8'), 'content');
});

test('when a file was read is not changed by reading it', linux, async (t) => {
  const home = temporaryFolder(t);
  writeFileSync(join(home, 'file'), 'content');
  utimesSync(join(home, 'file'), 1_000_000_000, 1_600_000_000);
  await packFolder(home);
  assert.equal(statSync(join(home, 'file')).atimeMs, 1_000_000_000_000);
});

test('an error of the sink comes with the next block, and ends the work', linux, async (t) => {
  const home = temporaryFolder(t);
  writeFileSync(join(home, 'file'), Buffer.alloc(4 << 20, 'x'));
  renameSync(join(home, 'file'), join(home, 'renamed'));
  const full = { write: async () => Promise.reject(new Error('the store is full')), end: async () => {} };
  const frames = new Frames(full, { lanes: 2 });
  const { Packer } = await import('../../../../sidecars/backup/archive/packer.ts');
  const packer = new Packer(frames);
  const path = join(home, 'renamed');
  await assert.rejects(async () => {
    for (let round = 0; round < 10; round += 1) await packer.add(fileEntry(path), Buffer.from(path));
  }, /the store is full/);
  await assert.rejects(packer.end(), /the store is full/);
});
