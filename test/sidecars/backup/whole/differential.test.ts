// Backups that hold what changed since a full one: what comes back of them is the present, by the sidecar and by hand.
import assert from 'node:assert/strict';
import { unlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
import { assertByHand, assertRestored, assertSince, changeAll, makeTree, untilSettled, weekly } from './changing.ts';
import { bucketEnv, filesOf, Scene } from './scene.ts';

test('everything that may change between two backups comes back as it is now', needs('linux', 'zstd'), async (t) => {
  const scene = new Scene(t, weekly);
  makeTree(scene);
  await untilSettled();
  const base = await scene.save();
  assert.equal(base.kind, 'full');
  changeAll(scene);
  const backup = await scene.save();
  assertSince(backup, base);
  assert.ok(backup.bytes.stored < backup.bytes.total);
  const diff = await scene.run(['diff', base.id, backup.id]);
  assert.equal(diff.code, 1, diff.stderr);
  for (const line of [
    /^~ \/.*\/text {2}size, time$/m,
    /^- \/.*\/random$/m,
    /^\+ \/.*\/new$/m,
    /^~ .*\/mode {2}mode$/m,
    /^~ .*\/file-to-folder {2}type/m,
    /^~ .*\/link {2}.*target$/m,
  ])
    assert.match(diff.stdout, line);
  await assertRestored(scene);
  assertByHand(scene, backup, base);

  // a further one is against the same full one, and not against this one
  writeFileSync(scene.path('new'), 'newer\n');
  unlinkSync(scene.path('file-to-folder/inside'));
  const next = await scene.save();
  assertSince(next, base);
  await assertRestored(scene);
  assertByHand(scene, next, base);
});

test('in a bucket, with a passphrase', needs('linux'), async (t) => {
  const scene = new Scene(t, { ...weekly, ...bucketEnv(await testBucket(t, bestS3())), BACKUP_PASSPHRASE: 'pass' });
  makeTree(scene);
  const base = await scene.save();
  changeAll(scene);
  const backup = await scene.save();
  assertSince(backup, base);
  await assertRestored(scene);
});

test('nothing changed: nothing is stored, and everything comes back', needs('linux'), async (t) => {
  const scene = new Scene(t, weekly);
  makeTree(scene);
  await untilSettled();
  const base = await scene.save();
  const backup = await scene.save();
  assertSince(backup, base);
  assert.deepEqual([backup.counts.stored, backup.counts.deleted, backup.bytes.stored], [0, 0, 0]);
  assert.deepEqual({ ...backup.counts, stored: 0 }, { ...base.counts, stored: 0 });
  await assertRestored(scene);
});

test('a full one that is needed stays, whatever BACKUP_KEEP says, and goes when it is not', needs('linux'), async (t) => {
  const scene = new Scene(t, { ...weekly, BACKUP_KEEP: 'last=1' });
  writeFileSync(scene.path('file'), 'one');
  const first = await scene.save();
  const second = await scene.save();
  const third = await scene.save();
  assertSince(second, first);
  assertSince(third, first);
  assert.deepEqual(scene.files, filesOf(first, third));
  const { stdout } = await scene.run(['prune', '--dry-run']);
  assert.match(stdout, new RegExp(`${first.id}.*needed by ${third.id}`));
  const full = await scene.save({ BACKUP_FULL: 'always' });
  assert.deepEqual(scene.files, filesOf(full));
});
