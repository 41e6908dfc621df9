// What a run stores, and that nobody needs the sidecar to read it: Debian's tools do.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { needs } from '#harness/needs.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
import { assertSame, attributes, plain, unpackByHand, withIdentity } from './by-hand.ts';
import { bucketEnv, filesOf, Scene } from './scene.ts';
import { makeMotley } from './trees.ts';

/** A scene with one of everything, and an identity of age in a file. */
async function motley(t: TestContext, more: Readonly<Record<string, string>> = {}) {
  const scene = new Scene(t, more);
  makeMotley(scene.source);
  const identity = await generateIdentity();
  const keyFile = join(scene.folder, 'key');
  writeFileSync(keyFile, `${identity}\n`);
  return { scene, identity, keyFile, recipient: await identityToRecipient(identity), out: join(scene.folder, 'out') };
}

/** Asserts that the backups of a scene are what `list` and `verify --all` say, and good. */
async function assertListed(scene: Scene, id: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const [backup, ...others] = await scene.list(more);
  assert.deepEqual([backup?.id, backup?.verified?.how, others.length], [id, 'content', 0]);
  const { code, stdout, stderr } = await scene.run(['verify', '--all'], more);
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^\\S+ {2}${id} {2}ok\\n$`));
}

test('a folder: now, list, verify, zstd and tar', needs('linux', 'zstd'), async (t) => {
  const { scene, out } = await motley(t);
  const backup = await scene.save();
  assert.deepEqual(scene.files, filesOf(backup));
  assert.deepEqual(backup.counts, { files: 11, directories: 5, links: 3, others: 1, stored: 20, deleted: 0 });
  await assertListed(scene, backup.id);
  assertSame(unpackByHand(out, scene.store, backup), scene.source);
});

test('attributes and ACLs are in it', needs('linux', 'zstd', 'acl', 'attr'), async (t) => {
  const { scene, out } = await motley(t);
  const unpacked = unpackByHand(out, scene.store, await scene.save());
  assert.match(attributes(scene.source), /user:1234:rwx.*user\.origin="a test"/s);
  assert.equal(attributes(unpacked), attributes(scene.source));
});

test('to recipients: age, zstd and tar', needs('linux', 'zstd', 'age'), async (t) => {
  const { scene, out, keyFile, identity, recipient } = await motley(t);
  const keys = { BACKUP_AGE_RECIPIENTS: recipient };
  const backup = await scene.save(keys);
  assert.equal(backup.encryption, 'recipients');
  assert.equal(backup.verified?.how, 'content', 'the key is still in memory');
  assert.ok(scene.files.includes(`${backup.id}-full.tar.zst.age`));
  await assertListed(scene, backup.id, { ...keys, BACKUP_AGE_IDENTITY_FILE: keyFile });
  assertSame(unpackByHand(out, scene.store, backup, { opener: withIdentity(keyFile) }), scene.source);

  const { code, stdout } = await scene.run(['verify'], keys);
  assert.equal(code, 0);
  assert.match(stdout, /ok as stored; its content takes BACKUP_AGE_IDENTITY/);
  assert.equal((await scene.list(keys))[0]?.verified?.how, 'stored');
  assert.equal((await scene.run(['verify'], { ...keys, BACKUP_AGE_IDENTITY: identity })).code, 0);
});

test('with a passphrase: age, zstd and tar', needs('linux', 'zstd', 'age'), async (t) => {
  const { scene, out } = await motley(t, { BACKUP_PASSPHRASE: 'correct horse battery staple' });
  const backup = await scene.save();
  assert.equal(backup.encryption, 'passphrase');
  await assertListed(scene, backup.id);
  // age asks for a passphrase on a terminal and nowhere else
  const opened = join(scene.folder, 'opened.tar.zst');
  const command = `age -d -o '${opened}' '${join(scene.store, backup.archive.file)}'`;
  const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    input: 'correct horse battery staple\n',
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
  const archive = { ...backup.archive, file: 'opened.tar.zst' };
  assertSame(unpackByHand(out, scene.folder, { ...backup, archive }, { opener: plain }), scene.source);
});

test('a bucket: now, list, verify, zstd and tar', needs('linux', 'zstd'), async (t) => {
  const { scene, out } = await motley(t);
  const bucket = await testBucket(t, bestS3());
  const env = bucketEnv(bucket);
  const backup = await scene.save(env);
  const keys = (await bucket.keys()).filter((key) => !key.includes('lease-'));
  assert.deepEqual(
    keys,
    filesOf(backup).map((file) => `saved/${file}`),
  );
  await assertListed(scene, backup.id, env);
  const fetched = join(scene.folder, 'fetched');
  mkdirSync(fetched);
  const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key: `saved/${backup.archive.file}` }));
  writeFileSync(join(fetched, backup.archive.file), (await Body?.transformToByteArray()) ?? '');
  assertSame(unpackByHand(out, fetched, backup), scene.source);
});

test('the table of `list`, and `show` with files', needs('linux'), async (t) => {
  const { scene } = await motley(t, { BACKUP_NAME: 'shop/db1' });
  const { id } = await scene.save();
  const { stdout: table } = await scene.run(['list']);
  assert.match(table, new RegExp(`^id +kind +files +databases +size +stored +state\\n${id} +full +11 +0 .* verified\\n$`));
  const { stdout: shown } = await scene.run(['show', id, '--files']);
  assert.match(shown, new RegExp(`^id +${id}\nkind +full\nstate +verified\n`));
  assert.match(shown, /^symlink .* \/.*\/source\/link$/m);
  assert.ok(scene.files.every((file) => file.startsWith('shop/db1/')));
  assert.equal(
    execFileSync('find', [scene.store, '-type', 'f', '-perm', '/077'], { encoding: 'utf8' }),
    '',
    'for its owner alone',
  );
});

test('BACKUP_VERIFY: always, once a day, or never', needs('linux'), async (t) => {
  const { scene } = await motley(t, { BACKUP_VERIFY: 'daily' });
  assert.equal((await scene.save({ BACKUP_VERIFY: 'never' })).verified, null);
  assert.equal((await scene.save()).verified?.how, 'content', 'the first of the day');
  assert.equal((await scene.save()).verified, null);
  assert.equal((await scene.save({ BACKUP_VERIFY: 'always' })).verified?.how, 'content');
});
