import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { codeOf } from '#shared/exit.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { Xattrs } from '#shared/linux/xattr.ts';

const linux = needs('linux');

test('attributes are set, listed by their names, and removed, of files that are open and by their paths', linux, (t) => {
  const home = temporaryFolder(t);
  const path = Buffer.from(join(home, 'file'));
  writeFileSync(path, 'content');
  const fd = openSync(path, 'r');
  atEnd(t, () => closeSync(fd));
  const xattrs = new Xattrs(openLibc());
  assert.deepEqual(xattrs.ofFile(fd), []);
  assert.deepEqual(xattrs.ofPath(path), []);
  const all = [
    { name: 'user.a', value: Buffer.alloc(0) },
    { name: 'user.bytes', value: Buffer.from([0, 1, 255, 10, 0]) },
    { name: 'user.gr\xc3\xbc\xc3\x9fe', value: Buffer.from('x'.repeat(2000)) },
  ];
  const [first, second, third] = all;
  assert.ok(first && second && third);
  xattrs.setOfPath(path, third);
  xattrs.setOfFile(fd, second);
  xattrs.setOfFile(fd, { name: 'user.a', value: Buffer.from('is replaced') });
  xattrs.setOfPath(path, first);
  assert.deepEqual(xattrs.ofFile(fd), all);
  assert.deepEqual(xattrs.ofPath(path), all);
  xattrs.removeOfFile(fd, 'user.bytes');
  assert.deepEqual(xattrs.ofPath(path), [first, third]);
});

test('a symlink is not followed', linux, (t) => {
  const home = temporaryFolder(t);
  const xattrs = new Xattrs(openLibc());
  writeFileSync(join(home, 'file'), '');
  symlinkSync('file', join(home, 'link'));
  xattrs.setOfPath(Buffer.from(join(home, 'file')), { name: 'user.x', value: Buffer.from('y') });
  assert.deepEqual(xattrs.ofPath(Buffer.from(join(home, 'link'))), []);
});

test('what cannot be done is told by its code', linux, (t) => {
  const home = temporaryFolder(t);
  const xattrs = new Xattrs(openLibc());
  mkdirSync(join(home, 'folder'));
  const path = Buffer.from(join(home, 'folder'));
  const fails = (code: string, act: () => unknown) => assert.throws(act, (error) => codeOf(error) === code);
  fails('ENOENT', () => xattrs.ofPath(Buffer.from(join(home, 'missing'))));
  fails('EBADF', () => xattrs.ofFile(-1));
  fails('ENAMETOOLONG', () => xattrs.ofPath(Buffer.alloc(4096, 'x')));
  fails('ENOTSUP', () => xattrs.setOfPath(path, { name: 'nonsense.x', value: Buffer.alloc(1) }));
  fails('ERANGE', () => xattrs.setOfPath(path, { name: `user.${'x'.repeat(300)}`, value: Buffer.alloc(1) }));
  fails('ERANGE', () => xattrs.setOfPath(path, { name: 'user.x', value: Buffer.alloc(65_537) }));
  const fd = openSync(path, 'r');
  atEnd(t, () => closeSync(fd));
  fails('ENODATA', () => xattrs.removeOfFile(fd, 'user.missing'));
});

test('a file system without attributes has none', linux, () => {
  assert.deepEqual(new Xattrs(openLibc()).ofPath(Buffer.from('/proc/self/status')), []);
});
