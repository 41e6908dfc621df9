import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { openFileStore } from '../../../../sidecars/backup/stores/file.ts';
import { bytesOf, keysOf, rejects } from './suite.ts';

test('a full disk: nothing appears, nothing is left, and what was there stays', needs('linux', 'root'), async (t) => {
  const root = temporaryMount(t, 'size=2m');
  const store = await openFileStore(root);
  await store.put('kept', Buffer.from('kept'));
  const free = () => statfsFree(root);
  const before = free();
  const upload = await store.upload('db1/large');
  const write = async () => {
    for (let count = 0; count < 5; count += 1) await upload.write(Buffer.alloc(2 ** 20));
  };
  await rejects(write(), 'full', /cannot write db1\/large: ENOSPC.*; make room, or keep fewer backups/);
  assert.deepEqual(readdirSync(join(root, 'db1')), [], 'before anybody aborts it');
  assert.ok(free() >= before - 8192);
  await upload.abort();
  await rejects(upload.commit(), 'other');
  const ballast = fill(root);
  await rejects(store.put('small', Buffer.from('x'.repeat(10_000))), 'full');
  await rejects(store.put('kept', Buffer.from('x'.repeat(10_000))), 'full');
  rmSync(ballast);
  assert.equal(String(await bytesOf(store, 'kept')), 'kept');
  assert.deepEqual(
    (await keysOf(store)).map(({ key }) => key),
    ['kept'],
  );
});

test('a disk that is full with the last bytes of an upload', needs('linux', 'root'), async (t) => {
  const root = temporaryMount(t, 'size=1m');
  const store = await openFileStore(root);
  const ballast = fill(root);
  truncateSync(ballast, 2 ** 20 - 64 * 1024);
  const upload = await store.upload('a');
  await upload.write(Buffer.alloc(32 * 1024));
  await upload.write(Buffer.alloc(48 * 1024));
  await rejects(upload.commit(), 'full');
  assert.deepEqual(readdirSync(root), ['ballast']);
});

test('the folder is made where it is missing, and only its owner looks into it', async (t) => {
  const root = join(temporaryFolder(t), 'deep', 'below');
  const store = await openFileStore(root);
  await store.put('db1/a', Buffer.from('x'));
  const upload = await store.upload('db1/b');
  await upload.commit();
  for (const path of [root, join(root, 'db1')]) assert.equal(statSync(path).mode & 0o777, 0o700, path);
  for (const path of ['db1/a', 'db1/b']) assert.equal(statSync(join(root, path)).mode & 0o777, 0o600, path);
});

test('a folder that cannot be made or looked into is told at once', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  await rejects(openFileStore(join(folder, 'file')), 'other', /file:\/\/.*\/file cannot be used: E.*; name a folder/);
  await rejects(openFileStore(join(folder, 'file', 'below')), 'other', /name a folder/);
});

test('permissions that are missing are told with the path', needs('root'), async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  const script = `
    const { openFileStore } = await import(${JSON.stringify(new URL('../../../../sidecars/backup/stores/file.ts', import.meta.url))});
    process.setuid(65534);
    for (const root of process.argv.slice(1)) {
      try {
        const store = await openFileStore(root);
        await store.put('a', Buffer.from('x'));
      } catch (error) {
        console.log(error.failure, error.message);
      }
    }`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, `${folder}/new`, folder], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  assert.match(stdout, /^denied file:\/\/.*\/new cannot be used: EACCES.*; let this user write there, or name another folder$/m);
  assert.match(stdout, /^denied file:\/\/\S* cannot write a: EACCES/m);
});

test('a read-only file system can be read, and says why it is not written', needs('linux', 'root'), async (t) => {
  const root = temporaryMount(t, 'size=1m');
  await (await openFileStore(root)).put('a', Buffer.from('x'));
  spawnSync('mount', ['-o', 'remount,ro', root]);
  atEnd(t, () => spawnSync('mount', ['-o', 'remount,rw', root]));
  const store = await openFileStore(root);
  assert.equal(String(await bytesOf(store, 'a')), 'x');
  await rejects(store.put('b', Buffer.from('x')), 'denied', /the file system is mounted read-only/);
  await rejects(store.remove('a'), 'denied');
});

test('an upload does not replace what is there', async (t) => {
  const root = temporaryFolder(t);
  const store = await openFileStore(root);
  const upload = await store.upload('a');
  await upload.write(Buffer.from('late'));
  await store.put('a', Buffer.from('first'));
  await rejects(upload.commit(), 'exists');
  assert.equal(String(await bytesOf(store, 'a')), 'first');
  assert.deepEqual(readdirSync(root), ['a']);
});

test('keys stay below the folder', async (t) => {
  const parent = temporaryFolder(t);
  const store = await openFileStore(join(parent, 'root'));
  writeFileSync(join(parent, 'outside'), 'x');
  const temporary = 'a.0123456789abcdef.sidekick-part';
  for (const key of ['../outside', 'a/../../outside', '/etc/passwd', 'a//b', 'a/', '', '.', 'a\0b', temporary]) {
    await assert.rejects(store.put(key, Buffer.from('x')), /has no objects of the name/, key);
    await assert.rejects(store.upload(key), /has no objects of the name/, key);
    await assert.rejects(store.remove(key), /has no objects of the name/, key);
    await assert.rejects(bytesOf(store, key), /has no objects of the name/, key);
  }
  assert.equal(readFileSync(join(parent, 'outside'), 'utf8'), 'x');
});

test('only plain files are objects, and only temporary ones are swept', async (t) => {
  const root = temporaryFolder(t);
  const store = await openFileStore(root);
  const temporary = 'db1/a.0123456789abcdef.sidekick-part';
  mkdirSync(join(root, 'db1'));
  mkdirSync(join(root, 'db1/folder.0123456789abcdef.sidekick-part'));
  for (const path of ['db1/a', 'db1/notes.txt', 'db1/a.sidekick-part', temporary]) writeFileSync(join(root, path), 'x');
  symlinkSync('/etc/passwd', join(root, 'db1/link'));
  symlinkSync('/etc', join(root, 'db1/folder'));
  const keys = ['db1/a', 'db1/a.sidekick-part', 'db1/notes.txt'];
  assert.deepEqual(
    (await keysOf(store)).map(({ key }) => key),
    keys,
  );
  assert.equal(await store.sweep('db2/', () => true), 0);
  assert.equal(await store.sweep('db1/', () => false), 0);
  assert.equal(await store.sweep('db1/', (key) => key === 'db1/a'), 1);
  assert.equal(existsSync(join(root, temporary)), false);
  assert.deepEqual(
    (await keysOf(store)).map(({ key }) => key),
    keys,
  );
});

test('a file that has another name elsewhere is replaced and removed by its name here', async (t) => {
  const root = temporaryFolder(t);
  const store = await openFileStore(root);
  await store.put('a', Buffer.from('old'));
  linkSync(join(root, 'a'), join(root, 'b'));
  await store.put('a', Buffer.from('new'));
  assert.equal(String(await bytesOf(store, 'b')), 'old');
  await store.remove('a');
  assert.equal(String(await bytesOf(store, 'b')), 'old');
});

function statfsFree(path: string): number {
  const { stdout } = spawnSync('stat', ['--file-system', '--format=%a %S', path], { encoding: 'utf8' });
  const [blocks = 0, size = 0] = stdout.split(' ').map(Number);
  return blocks * size;
}
