// Bringing a backup back: what is there afterwards, and what is not touched where it cannot be.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { needs } from '#harness/needs.ts';
import type { Ended } from '#harness/process.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
import { assertSame, attributes } from './by-hand.ts';
import { bucketEnv, filesIn, Scene, startWithoutPower } from './scene.ts';
import { makeMotley } from './trees.ts';

/** Asserts that a restore failed with 1 and these words, and left nothing in a folder. */
function assertRefused({ code, stderr }: Ended, words: RegExp, folder: string): void {
  assert.equal(code, 1, stderr);
  assert.match(stderr, words);
  assert.deepEqual(readdirSync(folder), []);
}

test('to a new folder: the same as the sources, with attributes', needs('linux', 'acl', 'attr'), async (t) => {
  const scene = new Scene(t);
  makeMotley(scene.source);
  const { id } = await scene.save();
  const to = join(scene.folder, 'new', 'deeper');
  const { code, stdout, stderr } = await scene.run(['restore', '--to', to]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^${id}  11 files with .* restored from file:\\S+ to ${to} in `));
  const restored = join(to, scene.source);
  assertSame(restored, scene.source);
  assert.equal(attributes(restored), attributes(scene.source));
});

/** What a restore that may not do everything warns of: how many of what. */
function warnings(stderr: string): string[] {
  // Node's own warnings are no JSON
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ level }) => level === 'warn')
    .map(({ msg, count }) => `${count} ${msg}`);
}

test(
  'by who lacks the capabilities for it: what is missing is counted, told once, and with what to add',
  needs('linux', 'root', 'attr'),
  async (t) => {
    const scene = new Scene(t, { BACKUP_SQLITE: 'false' });
    const make = (name: string, mode = 0o644) => {
      writeFileSync(scene.path(name), name);
      chmodSync(scene.path(name), mode);
      return scene.path(name);
    };
    for (const name of ['a-setgid', 'b-setgid']) {
      chownSync(make(name), 0, 4242);
      chmodSync(scene.path(name), 0o2755);
    }
    chownSync(make('c-owner'), 1234, 1234);
    execFileSync('setfattr', ['-n', 'trusted.mine', '-v', 'x', make('d-trusted')]);
    execFileSync('setcap', ['cap_net_raw+ep', make('e-capable', 0o755)]);
    execFileSync('mknod', [scene.path('f-device'), 'c', '1', '3']);
    await scene.save();
    const restore = async (lacking: readonly string[]) => {
      const to = mkdtempSync(join(scene.folder, 'restored-'));
      const { code, stderr } = await startWithoutPower(t, scene.env, ['restore', '--to', to], lacking).ended;
      assert.equal(code, 0, stderr);
      return { told: warnings(stderr), mode: (name: string) => lstatSync(join(to, scene.path(name))).mode & 0o7777 };
    };
    const path = (name: string) => scene.path(name).replaceAll('/', '\\/');
    const next = (capability: string) =>
      `; restore again as root with that capability: docker run --user 0 --cap-add ${capability}$`;
    const whole = await restore(['sys_resource']);
    assert.deepEqual([whole.told, whole.mode('a-setgid')], [[], 0o2755]);

    const groups = await restore(['fsetid']);
    assert.equal(groups.mode('a-setgid'), 0o755);
    assert.equal(groups.told.length, 1, String(groups.told));
    assert.match(
      groups.told[0] ?? '',
      new RegExp(`^2 set-id is missing of ${path('a-setgid')} and 1 more: the kernel does not permit it .*${next('FSETID')}`),
    );

    const poor = await restore(['chown', 'setfcap', 'sys_admin', 'mknod', 'fsetid']);
    const expected: readonly (readonly [string, string])[] = [
      [`3 owner is missing of ${path('a-setgid')} and 2 more: EPERM.*`, next('CHOWN')],
      [`2 set-id is missing of ${path('a-setgid')} and 1 more: its owner is not the one that it had`, '$'],
      [`1 privileged xattr is missing of ${path('d-trusted')}: .*EPERM.*`, next('SYS_ADMIN')],
      [`1 file capability is missing of ${path('e-capable')}: .*EPERM.*`, next('SETFCAP')],
      [`1 device is missing of ${path('f-device')}: .*EPERM.*`, next('MKNOD')],
    ];
    for (const [index, [what, end]] of expected.entries()) assert.match(poor.told[index] ?? '', new RegExp(`^${what}${end}`));
    assert.equal(poor.told.length, expected.length);
  },
);

test('from a bucket, encrypted', needs('linux'), async (t) => {
  const scene = new Scene(t);
  makeMotley(scene.source);
  const identity = await generateIdentity();
  const env = { ...bucketEnv(await testBucket(t, bestS3())), BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity) };
  await scene.save(env);
  const to = join(scene.folder, 'new');
  const { code, stderr } = await scene.run(['restore', '--to', to], { ...env, BACKUP_AGE_IDENTITY: identity });
  assert.equal(code, 0, stderr);
  assertSame(join(to, scene.source), scene.source);
});

test('paths: only what is at and below them, also where it is linked to what is not', needs('linux'), async (t) => {
  const scene = new Scene(t);
  makeMotley(scene.source);
  writeFileSync(scene.path('comma, blank '), 'strange');
  const { id } = await scene.save();
  const to = join(scene.folder, 'new');
  const { code, stderr } = await scene.run(['restore', id.slice(0, 18), '--to', to, scene.path('twice'), scene.path('deep/er')]);
  assert.equal(code, 0, stderr);
  const prefix = scene.source.slice(1);
  assert.deepEqual(filesIn(to), [`${prefix}/deep/er/still/file`, `${prefix}/twice`]);
  assert.equal(readFileSync(join(to, scene.path('twice')), 'utf8'), 'linked\n');
  // a word of a command line is a path, whatever stands in it
  const strange = [' -rf new\nline', 'comma, blank '].map((name) => scene.path(name));
  assert.equal((await scene.run(['restore', '--to', to, '--overwrite', ...strange])).code, 0);
  for (const path of strange) assert.ok(existsSync(join(to, path)), path);

  const nothing = await scene.run(['restore', '--to', to, '--overwrite', scene.path('text ')]);
  assert.equal(nothing.code, 1);
  assert.match(nothing.stderr, /has nothing at .*source\/text ; show .* --files lists what it has/);
});

test('a folder that is not empty: refused, and nothing is written; with --overwrite others stay', needs('linux'), async (t) => {
  const scene = new Scene(t);
  writeFileSync(scene.path('file'), 'saved');
  await scene.save();
  writeFileSync(scene.path('file'), 'changed later');
  writeFileSync(scene.path('other'), 'other');
  for (const to of ['/', scene.source]) {
    const refused = await scene.run(['restore', '--to', to]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /--to \S+ is not empty; name another folder, or add --overwrite/);
  }
  assert.equal(readFileSync(scene.path('file'), 'utf8'), 'changed later');
  assert.deepEqual(readdirSync(scene.source), ['file', 'other']);

  const { code, stderr } = await scene.run(['restore', '--to', '/', '--overwrite']);
  assert.equal(code, 0, stderr);
  assert.equal(readFileSync(scene.path('file'), 'utf8'), 'saved');
  assert.equal(readFileSync(scene.path('other'), 'utf8'), 'other');
});

test('keys: a wrong passphrase or identity, or none, is told before anything is written', needs('linux'), async (t) => {
  const scene = new Scene(t);
  makeMotley(scene.source);
  const [identity, other] = [await generateIdentity(), await generateIdentity()];
  const to = join(scene.folder, 'new');
  mkdirSync(to);
  const restore = (env: Record<string, string>) => scene.run(['restore', '--to', to], env);

  const { id } = await scene.save({ BACKUP_PASSPHRASE: 'right' });
  assertRefused(await restore({ BACKUP_PASSPHRASE: 'wrong' }), /the passphrase is not the one that the file was encrypted/, to);
  assertRefused(await restore({}), new RegExp(`${id} is encrypted with a passphrase: set BACKUP_PASSPHRASE, or its _FILE`), to);
  const wrongly = await scene.run(['verify'], { BACKUP_PASSPHRASE: 'wrong' });
  assert.equal(wrongly.code, 1);
  assert.match(wrongly.stderr, /the passphrase is not the one/);
  assert.equal((await scene.list())[0]?.damaged, null, 'a wrong passphrase is no damage');

  await scene.save({ BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity) });
  assertRefused(await restore({ BACKUP_AGE_IDENTITY: other }), /no identity is that of one of the 1 recipients/, to);
  assertRefused(await restore({}), /is encrypted to recipients: set BACKUP_AGE_IDENTITY, or its _FILE/, to);
  assertRefused(await restore({ BACKUP_PASSPHRASE: 'right' }), /takes the identity of one of them, and not a passphrase/, to);
});

test('what cannot be meant is told, with what to do', needs('linux'), async (t) => {
  const scene = new Scene(t);
  writeFileSync(scene.path('file'), 'saved');
  const to = join(scene.folder, 'new');
  const said = async (...words: readonly string[]) => {
    const { code, stderr } = await scene.run(['restore', ...words]);
    assert.notEqual(code, 0);
    return `${code} ${stderr}`;
  };
  assert.match(await said('--to', to), /^1 .*there is no good backup in file:.*check BACKUP_TO and BACKUP_NAME/s);
  await scene.save();
  assert.match(await said('2020', '--to', to), /^1 .*there is no backup 2020 in file:.*; see list/s);
  assert.match(await said('2', 'file', '--to', to), /^64 .*file is no absolute path/s);
  assert.match(await said(), /^64 .*--to is missing/s);
  renameSync(scene.store, `${scene.store}.away`);
  writeFileSync(scene.store, 'a file');
  assert.match(await said('--to', to), /^1 .*file:.*store cannot be used/s);
});
