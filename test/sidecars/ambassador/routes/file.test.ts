import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { WatchedFile, watchFile } from '../../../../sidecars/ambassador/routes/file.ts';

/** A file that is watched, and all that was told of it: texts, and errors by their codes. */
class Watched {
  readonly told: string[] = [];
  readonly done: Promise<void>;
  readonly #stop = new AbortController();

  constructor(t: TestContext, path: string) {
    const on = {
      read: (text: string) => void this.told.push(text),
      failed: (error: Error) => void this.told.push(error.message.replace(/:.*/, '')),
    };
    this.done = watchFile(path, on, this.#stop.signal);
    atEnd(t, () => this.stop());
  }

  /** Waits until exactly this was told, since the beginning. */
  async says(...expected: readonly string[]): Promise<void> {
    await until(`${expected} was told`, () => this.told.length >= expected.length);
    assert.deepEqual(this.told, expected);
  }

  stop(): Promise<void> {
    this.#stop.abort();
    return this.done;
  }
}

async function scene(t: TestContext, text = 'one') {
  const folder = temporaryFolder(t);
  const path = join(folder, 'routes');
  writeFileSync(path, text);
  const watched = new Watched(t, path);
  await watched.says(text);
  return { folder, path, watched };
}

describe('a changed file is read', () => {
  test('written in place', async (t) => {
    const { path, watched } = await scene(t);
    writeFileSync(path, 'two');
    await watched.says('one', 'two');
    appendFileSync(path, ' and more');
    await watched.says('one', 'two', 'two and more');
  });

  test('with the same size, inode and time of change', async (t) => {
    const { path, watched } = await scene(t);
    const { atime, mtime, ino } = statSync(path);
    writeFileSync(path, 'two');
    utimesSync(path, atime, mtime);
    assert.equal(statSync(path).ino, ino);
    await watched.says('one', 'two');
  });

  test('replaced by a rename, as editors do', async (t) => {
    const { folder, path, watched } = await scene(t);
    for (const text of ['two', 'three']) {
      renameSync(path, `${path}~`);
      writeFileSync(join(folder, '.routes.swp'), text);
      renameSync(join(folder, '.routes.swp'), path);
      await until(`${text} is read`, () => watched.told.includes(text));
    }
    assert.deepEqual(watched.told, ['one', 'two', 'three']);
  });

  test('through the symlinks of a ConfigMap', async (t) => {
    const folder = temporaryFolder(t);
    const publish = (version: string, text: string) => {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'routes'), text);
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    publish('..1', 'one');
    symlinkSync('..data/routes', join(folder, 'routes'));
    const watched = new Watched(t, join(folder, 'routes'));
    await watched.says('one');
    publish('..2', 'two');
    rmSync(join(folder, '..1'), { recursive: true });
    await watched.says('one', 'two');
  });

  test('in a folder that no hint comes from', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'real'));
    mkdirSync(join(folder, 'seen'));
    writeFileSync(join(folder, 'real', 'routes'), 'one');
    symlinkSync('../real/routes', join(folder, 'seen', 'routes'));
    const watched = new Watched(t, join(folder, 'seen', 'routes'));
    await watched.says('one');
    writeFileSync(join(folder, 'real', 'routes'), 'two');
    await watched.says('one', 'two');
  });

  test('with its folder', async (t) => {
    const parent = temporaryFolder(t);
    const folder = join(parent, 'folder');
    mkdirSync(folder);
    writeFileSync(join(folder, 'routes'), 'one');
    const watched = new Watched(t, join(folder, 'routes'));
    await watched.says('one');
    mkdirSync(`${folder}.new`);
    writeFileSync(join(`${folder}.new`, 'routes'), 'two');
    renameSync(folder, `${folder}.old`);
    renameSync(`${folder}.new`, folder);
    await watched.says('one', 'two');
    writeFileSync(join(folder, 'routes'), 'three');
    await watched.says('one', 'two', 'three');
  });
});

describe('a file that is mounted by itself', needs('linux', 'root'), () => {
  test('written behind the mount', async (t) => {
    const { folder, path, watched } = await scene(t);
    await watched.stop();
    const source = join(temporaryFolder(t), 'source');
    writeFileSync(source, 'two');
    assert.equal(spawnSync('mount', ['--bind', source, path]).status, 0);
    atEnd(t, () => spawnSync('umount', ['--lazy', path]));
    const mounted = new Watched(t, join(folder, 'routes'));
    await mounted.says('two');
    writeFileSync(source, 'three');
    await mounted.says('two', 'three');
  });
});

describe('a file that cannot be read', () => {
  test('is told once, and read again when it is back, even with the same text', async (t) => {
    const { path, watched } = await scene(t);
    rmSync(path);
    await watched.says('one', 'ENOENT');
    writeFileSync(path, 'one');
    await watched.says('one', 'ENOENT', 'one');
    rmSync(path);
    await watched.says('one', 'ENOENT', 'one', 'ENOENT');
    writeFileSync(path, 'two');
    await watched.says('one', 'ENOENT', 'one', 'ENOENT', 'two');
  });

  test('from the beginning', async (t) => {
    const folder = temporaryFolder(t);
    const watched = new Watched(t, join(folder, 'later', 'routes'));
    await watched.says('ENOENT');
    mkdirSync(join(folder, 'later'));
    writeFileSync(join(folder, 'later', 'routes'), 'one');
    await watched.says('ENOENT', 'one');
  });

  test('for want of a permission', async (t) => {
    const { folder, path, watched } = await scene(t);
    chmodSync(folder, 0o755);
    const isRoot = process.getuid?.() === 0;
    atEnd(t, () => void (isRoot && process.seteuid?.(0)));
    chmodSync(path, 0);
    // root may read everything
    if (isRoot) process.seteuid?.(65_534);
    await watched.says('one', 'EACCES');
    if (isRoot) process.seteuid?.(0);
    chmodSync(path, 0o644);
    await watched.says('one', 'EACCES', 'one');
  });

  test('is no file', async (t) => {
    const { path, watched } = await scene(t);
    rmSync(path);
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    await watched.says('one', 'it is not a file');
    rmSync(path);
    mkdirSync(path);
    rmSync(path, { recursive: true });
    writeFileSync(path, 'two');
    await watched.says('one', 'it is not a file', 'two');
  });
});

test('nothing is told when it was stopped', async (t) => {
  const { path, watched } = await scene(t);
  await watched.stop();
  writeFileSync(path, 'two');
  const other = new Watched(t, path);
  await other.says('two');
  assert.deepEqual(watched.told, ['one']);
});

test('a file is read when it is as it was at the look before', async (t) => {
  const path = join(temporaryFolder(t), 'routes');
  const told: string[] = [];
  const file = new WatchedFile(path, { read: (text) => void told.push(text), failed: (error) => void told.push(error.name) });
  const look = () => file.look(new AbortController().signal);
  writeFileSync(path, 'half');
  assert.deepEqual(await look(), { settled: false, there: true });
  appendFileSync(path, ' and half');
  assert.deepEqual(await look(), { settled: false, there: true });
  assert.deepEqual(told, []);
  assert.deepEqual(await look(), { settled: true, there: true });
  assert.deepEqual(told, ['half and half']);
  rmSync(path);
  assert.deepEqual(await look(), { settled: false, there: false });
  writeFileSync(path, 'half and half');
  await look();
  assert.deepEqual(await look(), { settled: true, there: true });
  assert.deepEqual(told, ['half and half'], 'what is away for a moment is not told, nor the same text again');
});
