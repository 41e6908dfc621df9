import assert from 'node:assert/strict';
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { codeOf } from '#shared/exit.ts';
import { FileTimes } from '#shared/linux/file-times.ts';
import { stretchesOf } from '#shared/linux/holes.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { SpecialFiles } from '#shared/linux/special-files.ts';

const linux = needs('linux');
const MiB = 1 << 20;

test('the stretches of a file that have content are found, up to its size', linux, (t) => {
  const libc = openLibc();
  const fd = openSync(join(temporaryFolder(t), 'file'), 'w+');
  atEnd(t, () => closeSync(fd));
  assert.deepEqual(stretchesOf(libc, fd, 0, 10), []);
  ftruncateSync(fd, 10 * MiB);
  assert.deepEqual(stretchesOf(libc, fd, 10 * MiB, 10), []);
  for (const at of [MiB, 3 * MiB, 6 * MiB]) writeSync(fd, Buffer.alloc(65_536, 'x'), 0, 65_536, at);
  const found = (size: number, most = 10) => stretchesOf(libc, fd, size, most).map(({ offset, length }) => [offset, length]);
  assert.deepEqual(found(10 * MiB), [
    [MiB, 65_536],
    [3 * MiB, 65_536],
    [6 * MiB, 65_536],
  ]);
  // it grew since it was asked how large it is
  assert.deepEqual(found(3 * MiB + 100), [
    [MiB, 65_536],
    [3 * MiB, 100],
  ]);
  // and it may be smaller by now
  assert.deepEqual(found(20 * MiB).length, 3);
  // with too many of them the rest is one
  assert.deepEqual(found(10 * MiB, 1), [
    [MiB, 65_536],
    [3 * MiB, 7 * MiB],
  ]);
  writeSync(fd, 'end', 20 * MiB - 3);
  const last = stretchesOf(libc, fd, 20 * MiB, 10).at(-1);
  assert.equal((last?.offset ?? 0) + (last?.length ?? 0), 20 * MiB);
});

test('what is no file has no stretches, and that is told', linux, () => {
  assert.throws(
    () => stretchesOf(openLibc(), -1, 10, 10),
    (error) => codeOf(error) === 'EBADF',
  );
});

test('times are set to the nanosecond, also before 1970 and after 2038, and the access is left', linux, (t) => {
  const home = temporaryFolder(t);
  const times = new FileTimes(openLibc());
  const path = join(home, 'file');
  writeFileSync(path, '');
  const fd = openSync(path, 'r');
  atEnd(t, () => closeSync(fd));
  utimesSync(path, 1_000_000_000, 0);
  for (const [seconds, nanoseconds] of [
    [0, 0],
    [1_700_000_000, 123_456_789],
    [-2, 999_999_999],
    [-2_000_000_000, 1],
    [4_294_967_297, 5],
  ] as const) {
    for (const set of [
      () => times.setOfFile(fd, { seconds, nanoseconds }),
      () => times.setOfPath(Buffer.from(path), { seconds, nanoseconds }),
    ]) {
      utimesSync(path, 1_000_000_000, 0);
      set();
      const { mtimeNs, atimeNs } = lstatSync(path, { bigint: true });
      assert.equal(mtimeNs, BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
      assert.equal(atimeNs, 1_000_000_000_000_000_000n);
    }
  }
  symlinkSync('file', join(home, 'link'));
  times.setOfPath(Buffer.from(join(home, 'link')), { seconds: 5, nanoseconds: 6 });
  assert.equal(lstatSync(join(home, 'link'), { bigint: true }).mtimeNs, 5_000_000_006n);
  assert.notEqual(lstatSync(path, { bigint: true }).mtimeNs, 5_000_000_006n);
  assert.throws(
    () => times.setOfFile(-1, { seconds: 1, nanoseconds: 0 }),
    (error) => codeOf(error) === 'EBADF',
  );
  assert.throws(
    () => times.setOfPath(Buffer.from(join(home, 'none')), { seconds: 1, nanoseconds: 0 }),
    (error) => codeOf(error) === 'ENOENT',
  );
});

test('a FIFO is made, and what has its name already is told', linux, (t) => {
  const path = Buffer.from(join(temporaryFolder(t), 'fifo'));
  const special = new SpecialFiles(openLibc());
  special.makeFifo(path, 0o600);
  const stats = lstatSync(path);
  assert.ok(stats.isFIFO());
  assert.equal(stats.mode & 0o777, 0o600);
  assert.throws(
    () => special.makeFifo(path, 0o600),
    (error) => codeOf(error) === 'EEXIST',
  );
});

test('devices are made with their numbers, however large', needs('linux', 'root'), (t) => {
  const home = temporaryFolder(t);
  mkdirSync(join(home, 'folder'));
  const special = new SpecialFiles(openLibc());
  for (const [type, major, minor] of [
    ['character', 1, 3],
    ['block', 259, 70_000],
    ['block', 4095, 1_048_575],
  ] as const) {
    const path = Buffer.from(join(home, `${type} ${major} ${minor}`));
    special.makeDevice(path, type, 0o640, major, minor);
    const stats = lstatSync(path, { bigint: true });
    assert.equal(type === 'block' ? stats.isBlockDevice() : stats.isCharacterDevice(), true);
    // gnu_dev_makedev(3)
    const [low, high] = [BigInt(minor & 0xff) | (BigInt(major) << 8n), BigInt(minor >> 8) << 20n];
    assert.equal(stats.rdev, low | high);
  }
});
