import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { has, needs } from '#harness/needs.ts';
import { FileTimes } from '#shared/linux/file-times.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { SpecialFiles } from '#shared/linux/special-files.ts';
import { Xattrs } from '#shared/linux/xattr.ts';
import { decompress } from '../../../../sidecars/backup/archive/decompress.ts';
import { list } from '../../../../sidecars/backup/archive/listing.ts';
import { inChunks } from '../bytes.ts';
import { everythingIn, packFolder, snapshot, unpackTo, untarTo } from './scene.ts';

const linux = needs('linux', 'zstd');
const asRoot = needs('linux', 'root', 'zstd');

/** A folder to save and two to restore to. */
function folders(t: TestContext) {
  const home = temporaryFolder(t);
  // what nothing may be written to cannot be removed either
  atEnd(t, () => spawnSync('chmod', ['-R', 'u+w', home]));
  const [source, ours, gnu] = ['source', 'ours', 'gnu'].map((name) => join(home, name)) as [string, string, string];
  for (const folder of [source, gnu]) mkdirSync(folder);
  return { source, ours, gnu };
}

/** Saves a folder, and restores it by our own means and by those of Debian; all three have to be the same. */
async function comesBack(t: TestContext, source: string, ours: string, gnu: string, without: readonly string[] = []) {
  const made = await packFolder(source);
  assert.deepEqual(
    made.packed.filter(({ outcome, reason }) => !['stored', 'hardlink'].includes(outcome) || reason),
    [],
  );
  const unpacked = await unpackTo(ours, made.bytes);
  assert.deepEqual(unpacked.shortfalls, []);
  assert.deepEqual(unpacked.unlinked, []);
  const expected = snapshot(source, without);
  assert.deepEqual(snapshot(ours, without), expected);
  for (const locale of ['C.UTF-8', 'C']) {
    const folder = `${gnu}-${locale}`;
    mkdirSync(folder);
    untarTo(folder, made.bytes, locale);
    assert.deepEqual(snapshot(folder, without), expected, `tar in ${locale}`);
  }
  t.diagnostic(`${made.packed.length} entries`);
  return made;
}

/** What tar-stream reads of an archive has to be what was packed. */
async function tarStreamAgrees(source: string, archive: Buffer) {
  const listed: unknown[] = [];
  for await (const entry of list(decompress(inChunks(archive)))) {
    const { name, type, size, mode, uid, gid, mtime, target } = entry;
    const mtimeNs = BigInt(mtime.seconds) * 1_000_000_000n + BigInt(mtime.nanoseconds);
    listed.push({ name: name.toString('latin1'), type, size, mode, uid, gid, mtimeNs, target: target.toString('latin1') });
  }
  const expected = [...everythingIn(Buffer.from(source))].map(({ entry }) => {
    const { name, type, size, mode, uid, gid, mtimeNs, target } = entry;
    return { name: name.toString('latin1'), type, size, mode, uid, gid, mtimeNs, target: target?.toString('latin1') ?? '' };
  });
  assert.deepEqual(listed, expected);
}

test('files, folders, symlinks and hard links come back with times to the nanosecond', linux, async (t) => {
  const { source, ours, gnu } = folders(t);
  const times = new FileTimes(openLibc());
  mkdirSync(join(source, 'a/b/c'), { recursive: true });
  mkdirSync(join(source, 'empty'), { mode: 0o711 });
  writeFileSync(join(source, 'a/file'), 'some content\n');
  writeFileSync(join(source, 'a/b/nothing'), '');
  writeFileSync(join(source, 'a/b/c/block'), Buffer.alloc(512, 'x'));
  writeFileSync(join(source, 'a/b/c/two MiB'), Buffer.alloc((2 << 20) + 77, 'abcdefg'));
  writeFileSync(join(source, 'z'), 'last', { mode: 0o400 });
  linkSync(join(source, 'a/b/c/block'), join(source, 'a/linked'));
  linkSync(join(source, 'a/b/c/block'), join(source, 'linked, too'));
  symlinkSync('a/file', join(source, 'to a file'));
  symlinkSync('../nowhere at all', join(source, 'a/dangling'));
  symlinkSync('x'.repeat(300), join(source, 'long target'));
  symlinkSync(Buffer.from('caf\xe9', 'latin1'), Buffer.from(`${source}/not UTF-8`));
  const instants = {
    old: [-2, 999_999_999],
    older: [-5_000_000_000, 1],
    whole: [1_700_000_000, 0],
    early: [12, 34],
    late: [9_999_999_999, 5],
  };
  for (const [name, [seconds = 0, nanoseconds = 0]] of Object.entries(instants)) {
    const path = join(source, 'a/b', name);
    writeFileSync(path, name);
    times.setOfPath(Buffer.from(path), { seconds, nanoseconds });
  }
  times.setOfPath(Buffer.from(join(source, 'to a file')), { seconds: 1_600_000_000, nanoseconds: 123_456_789 });
  times.setOfPath(Buffer.from(join(source, 'a/b')), { seconds: 1_600_000_000, nanoseconds: 987_654_321 });
  chmodSync(join(source, 'a/b/c'), 0o555);

  const { bytes } = await comesBack(t, source, ours, gnu);
  await tarStreamAgrees(source, bytes);
});

test('names of every kind and length come back byte by byte, also as targets of links', linux, async (t) => {
  const { source, ours, gnu } = folders(t);
  const deep = ['d'.repeat(120), 'é'.repeat(60), '深'.repeat(40)].join('/');
  mkdirSync(join(source, deep), { recursive: true });
  const ascii = [
    'a\nnewline',
    'tab\there',
    ' spaces ',
    '-dash',
    '*',
    'quote"\'',
    'back\\slash',
    '\x01\x7f',
    'n'.repeat(99),
    'n'.repeat(100),
  ];
  const utf8 = ['n'.repeat(101), 'm'.repeat(255), 'grüße', 'ü'.repeat(127), `${deep}/${'p'.repeat(200)}`, `${deep}/ß`];
  const bytes = ['\xff', 'caf\xe9', `${'\xfe'.repeat(100)}`, '\xfe'.repeat(101), `\xe9${'q'.repeat(254)}`];
  const below = Buffer.from(`${source}/`);
  const names = [...ascii, ...utf8].map((name) => Buffer.from(name)).concat(bytes.map((name) => Buffer.from(name, 'latin1')));
  for (const [index, name] of names.entries()) {
    const path = Buffer.concat([below, name]);
    writeFileSync(path, `content ${index}`);
    linkSync(path, join(source, `z-hard-${index}`));
    symlinkSync(name, join(source, `z-soft-${index}`));
  }
  const odd = Buffer.concat([below, Buffer.from('fold\xe9r', 'latin1')]);
  mkdirSync(odd);
  mkdirSync(Buffer.concat([odd, Buffer.from(`/${'\xff'.repeat(200)}`, 'latin1')]));
  writeFileSync(Buffer.concat([odd, Buffer.from(`/${'\xff'.repeat(200)}/${'\xe8'.repeat(200)}`, 'latin1')]), 'deep and odd');

  const made = await comesBack(t, source, ours, gnu);
  await tarStreamAgrees(source, made.bytes);
});

test('owners, modes and set-user-ID bits come back, also of users beyond two million', asRoot, async (t) => {
  const { source, ours, gnu } = folders(t);
  for (const [name, uid, gid, mode] of [
    ['setuid', 1000, 1001, 0o4755],
    ['setgid', 1000, 1001, 0o2710],
    ['large', 2_097_152, 2_097_151, 0o640],
    ['largest', 4_294_967_294, 3_000_000_000, 0o000],
  ] as const) {
    const path = join(source, name);
    writeFileSync(path, name);
    chownSync(path, uid, gid);
    chmodSync(path, mode);
  }
  mkdirSync(join(source, 'sticky'));
  chownSync(join(source, 'sticky'), 12, 34);
  chmodSync(join(source, 'sticky'), 0o3777);
  const made = await comesBack(t, source, ours, gnu);
  await tarStreamAgrees(source, made.bytes);
});

test('sparse files keep their holes, wherever those are', linux, async (t) => {
  const { source, ours, gnu } = folders(t);
  const sparse = (name: string | Buffer, size: number, pieces: readonly (readonly [number, number])[]) => {
    const fd = openSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from(name)]), 'w');
    for (const [at, length] of pieces) writeSync(fd, Buffer.alloc(length, 'content'), 0, length, at);
    ftruncateSync(fd, size);
    closeSync(fd);
  };
  sparse('hole in the middle', 1 << 20, [
    [0, 8192],
    [(1 << 20) - 8192, 8192],
  ]);
  sparse('holes all over', (4 << 20) + 123, [
    [65536, 100],
    [1 << 20, 200_000],
    [3 << 20, 5],
  ]);
  sparse('hole at the end', 10 << 20, [[0, 5000]]);
  sparse('a hole and no more', 3 << 20, []);
  sparse('beyond 8 GiB', 9 * 2 ** 30, [
    [0, 10],
    [9 * 2 ** 30 - 4096, 4096],
  ]);
  sparse(
    'many',
    16 << 20,
    Array.from({ length: 80 }, (_, index) => [index * 200_000, 4096] as const),
  );
  sparse(Buffer.from('\xfe\xff', 'latin1'), 1 << 20, [[500_000, 5]]);
  sparse('ü'.repeat(110), 1 << 20, [[500_000, 5]]);
  mkdirSync(join(source, 'folder'));
  sparse('folder/within', 1 << 20, [[500_000, 5]]);

  const made = await comesBack(t, source, ours, gnu);
  assert.ok(made.total.plainBytes < 4 << 20, `the archive has ${made.total.plainBytes} bytes`);
  await tarStreamAgrees(source, made.bytes);
});

test('extended attributes come back, whatever bytes they are', needs('linux', 'attr', 'zstd'), async (t) => {
  const { source, ours, gnu } = folders(t);
  const xattrs = new Xattrs(openLibc());
  const set = (path: string, name: string, value: Buffer) => xattrs.setOfPath(Buffer.from(path), { name, value });
  for (const name of ['plain', 'odd', 'empty value', 'large']) writeFileSync(join(source, name), name);
  mkdirSync(join(source, 'folder'));
  set(join(source, 'plain'), 'user.mime_type', Buffer.from('text/plain'));
  set(join(source, 'odd'), 'user.bytes', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
  set(join(source, 'odd'), 'user.a=b%c%3Dd', Buffer.from('=\n12 x=y\n'));
  set(join(source, 'odd'), 'user.gr\xc3\xbc\xc3\x9fe', Buffer.from('x'));
  set(join(source, 'empty value'), 'user.empty', Buffer.alloc(0));
  set(join(source, 'large'), 'user.large', Buffer.alloc(3000, 'v'));
  set(join(source, 'folder'), 'user.of-a-folder', Buffer.from('yes'));
  if (has('root')) {
    symlinkSync('nowhere', join(source, 'link'));
    set(join(source, 'link'), 'trusted.of-a-link', Buffer.from('yes'));
    // cap_net_bind_service+ep of struct vfs_cap_data, which a change of owner takes away
    chownSync(join(source, 'plain'), 1000, 1000);
    set(join(source, 'plain'), 'security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex'));
  }
  await comesBack(t, source, ours, gnu);
  const said = (folder: string) =>
    execFileSync('getfattr', ['-R', '-h', '-d', '-m', '-', '-e', 'hex', '.'], { cwd: folder, encoding: 'utf8' })
      .split('\n\n')
      .sort();
  assert.deepEqual(said(ours), said(source));
});

test('ACLs come back, as getfacl tells them', needs('linux', 'acl', 'zstd'), async (t) => {
  const { source, ours, gnu } = folders(t);
  writeFileSync(join(source, 'file'), 'x', { mode: 0o640 });
  mkdirSync(join(source, 'folder'));
  execFileSync('setfacl', ['-m', 'u:4711:rw,g:0:r,g:815:rwx,m::rw', join(source, 'file')]);
  execFileSync('setfacl', ['-m', 'u:4711:x', '-d', '-m', 'u:4711:rwx,g:815:-', join(source, 'folder')]);
  writeFileSync(join(source, 'folder/inherits'), 'x');
  mkdirSync(join(source, 'folder/inherits, too'));
  writeFileSync(join(source, 'folder/does not'), 'x');
  mkdirSync(join(source, 'folder/does not, either'));
  for (const name of ['does not', 'does not, either']) execFileSync('setfacl', ['-b', '-k', join(source, 'folder', name)]);
  const made = await comesBack(t, source, ours, gnu);
  const said = (folder: string) => execFileSync('getfacl', ['-R', '-n', '-p', '.'], { cwd: folder, encoding: 'utf8' });
  assert.deepEqual(said(ours), said(source));
  assert.deepEqual(said(`${gnu}-C`), said(source));
  // once more over what is there, where folders hand their ACLs to what is made in them
  await unpackTo(ours, made.bytes);
  assert.deepEqual(said(ours), said(source));
  assert.deepEqual(snapshot(ours), snapshot(source));
});

test('FIFOs and devices come back without being opened, and sockets are left', asRoot, async (t) => {
  const { source, ours, gnu } = folders(t);
  const special = new SpecialFiles(openLibc());
  // to open it for reading would wait for a writer that never comes
  special.makeFifo(Buffer.from(join(source, 'fifo')), 0o640);
  special.makeDevice(Buffer.from(join(source, 'null')), 'character', 0o666, 1, 3);
  special.makeDevice(Buffer.from(join(source, 'block')), 'block', 0o600, 259, 70);
  const server = createServer().listen(join(source, 'socket'));
  atEnd(t, () => server.close());
  const made = await comesBack(t, source, ours, gnu, ['rdev']);
  assert.deepEqual(
    made.packed.map(({ entry }) => entry.name.toString()),
    ['block', 'fifo', 'null'],
  );
  const numbers = (folder: string) =>
    execFileSync('stat', ['-c', '%n %t %T %f', 'block', 'null', 'fifo'], { cwd: folder, encoding: 'utf8' });
  assert.equal(numbers(ours), numbers(source));
});

test('a folder with nothing in it makes an archive that all can read', linux, async (t) => {
  const { source, ours, gnu } = folders(t);
  const made = await comesBack(t, source, ours, gnu);
  assert.equal(made.total.plainBytes, 1024);
});

test('what is packed twice is the same to the byte, however many lanes there are', linux, async (t) => {
  const { source } = folders(t);
  for (let index = 0; index < 300; index += 1) writeFileSync(join(source, `file ${index}`), Buffer.alloc(index * 97, `${index}`));
  truncateSync(join(source, 'file 7'), 100_000);
  lutimesSync(join(source, 'file 9'), 5, 5);
  const [first, ...others] = await Promise.all([1, 2, 4, 2].map((lanes) => packFolder(source, { lanes, blockBytes: 65_536 })));
  for (const other of others) assert.ok(other.bytes.equals(first?.bytes ?? Buffer.alloc(0)));
  assert.ok((first?.total.frames ?? 0) > 50);
});

test('without FFI everything but holes and attributes comes back, with times to the microsecond', linux, async (t) => {
  const { source, ours } = folders(t);
  mkdirSync(join(source, 'folder'));
  writeFileSync(join(source, 'folder/file'), 'content');
  symlinkSync('file', join(source, 'folder/link'));
  writeFileSync(join(source, 'sparse'), 'x');
  truncateSync(join(source, 'sparse'), 1 << 20);
  new Xattrs(openLibc()).setOfPath(Buffer.from(join(source, 'folder/file')), { name: 'user.x', value: Buffer.from('y') });
  new SpecialFiles(openLibc()).makeFifo(Buffer.from(join(source, 'fifo')), 0o600);
  const made = await packFolder(source);
  const unpacked = await unpackTo(ours, made.bytes, { system: undefined });
  assert.deepEqual(
    unpacked.shortfalls.map(({ lack, count, entry }) => [lack, count, entry.toString()]),
    [
      ['fifo', 1, 'fifo'],
      ['xattr', 1, 'folder/file'],
    ],
  );
  const coarse = (folder: string) => {
    const { fifo: _, ...found } = snapshot(folder, ['mtimeNs', 'xattrs']);
    return found;
  };
  assert.deepEqual(coarse(ours), coarse(source));
  const whole = await packFolder(source, { system: undefined });
  assert.ok(whole.total.plainBytes > 1 << 20);
  const again = join(ours, 'again');
  await unpackTo(again, whole.bytes);
  assert.deepEqual(
    { ...snapshot(again, ['xattrs', 'sparse']), fifo: undefined },
    { ...snapshot(source, ['xattrs', 'sparse']), fifo: undefined },
  );
});
