// --check: whether a run would find what it needs; it leaves nothing behind.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { needs } from '#harness/needs.ts';
import { answers, S3Faults } from '#harness/s3-faults.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
import { bucketEnv, Scene } from './scene.ts';
import { cut } from './store-files.ts';

test('all is well: a folder, a bucket, the sources, the schedule, the keys', needs('linux'), async (t) => {
  const scene = new Scene(t, { BACKUP_SCHEDULE: '15 3 * * *', TZ: 'Europe/Berlin' });
  writeFileSync(scene.path('file'), 'one');
  const bucket = await testBucket(t, bestS3());
  const env = bucketEnv(bucket);
  const { code, stdout } = await scene.run(['--check'], {
    ...env,
    BACKUP_TO: `${scene.env.BACKUP_TO},${env.BACKUP_TO}`,
    BACKUP_AGE_RECIPIENTS: await identityToRecipient(await generateIdentity()),
  });
  assert.equal(code, 0, stdout);
  for (const line of [
    /^ok {4}BACKUP_SOURCES: \S+\/source: all 2 names in them can be looked at$/m,
    /^ok {4}BACKUP_SCHEDULE: the next time in Europe\/Berlin is \S+T0[12]:15:00\.000Z$/m,
    /^ok {4}BACKUP_AGE_RECIPIENTS: can be encrypted to; to verify and to restore takes BACKUP_AGE_IDENTITY$/m,
    /^ok {4}file:\S+: can be written, read and cleaned; it has 0 backups$/m,
    /^ok {4}s3:\S+: can be written, read and cleaned; it has 0 backups$/m,
  ])
    assert.match(stdout, line);
  assert.deepEqual(readdirSync(scene.store), []);
  assert.deepEqual(await bucket.keys(), []);
  const { stdout: passphrase } = await scene.run(['--check'], { BACKUP_PASSPHRASE: 'pass' });
  assert.match(passphrase, /^ok {4}BACKUP_PASSPHRASE: can be encrypted to, and decrypted again$/m);
});

test('what is wrong is told, each by itself', needs('linux'), async (t) => {
  const scene = new Scene(t, { BACKUP_VERIFY: 'never' });
  writeFileSync(scene.path('file'), 'one');
  const { id } = await scene.save();
  cut(join(scene.store, `${id}.json`), 50);
  const file = join(scene.folder, 'a-file');
  writeFileSync(file, 'no folder');
  const bucket = await testBucket(t, 'in-process');
  const faults = await S3Faults.start(t, bucket.access.endpoint);
  faults.during(Number.POSITIVE_INFINITY, 'put', answers(403, 'AccessDenied'));
  const env = bucketEnv(bucket, faults.url);
  const { code, stdout } = await scene.run(['--check'], {
    ...env,
    BACKUP_TO: `${scene.env.BACKUP_TO},file://${file},${env.BACKUP_TO}`,
    BACKUP_SOURCES: `${scene.source},/no/such/folder`,
  });
  assert.equal(code, 1, stdout);
  for (const line of [
    /^FAIL {2}BACKUP_SOURCES: the source \/no\/such\/folder does not exist; mount it/m,
    new RegExp(`^FAIL {2}file:\\S+/store: .*it has 0 backups, and 1 that cannot be used: ${id} \\(it is not JSON\\)`, 'm'),
    /^FAIL {2}file:\S+\/a-file: .*cannot be used: ENOTDIR.*; name a folder$/m,
    /^FAIL {2}s3:\S+: .*AccessDenied/m,
    /^ok {4}BACKUP_SCHEDULE/m,
  ])
    assert.match(stdout, line);
});

test('a bucket that is not there, and a key that is wrong', needs('linux', 'ceph'), async (t) => {
  const scene = new Scene(t);
  writeFileSync(scene.path('file'), 'one');
  const env = bucketEnv(await testBucket(t, 'ceph'));
  const missing = await scene.run(['--check'], { ...env, BACKUP_TO: 's3://sidekick-no-such-bucket' });
  assert.equal(missing.code, 1);
  assert.match(missing.stdout, /^FAIL {2}s3:\/\/sidekick-no-such-bucket: .*NoSuchBucket/m);
  const wrong = await scene.run(['--check'], { ...env, AWS_SECRET_ACCESS_KEY: 'hunter2' });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stdout, /^FAIL {2}s3:\S+: .*SignatureDoesNotMatch/m);
  assert.doesNotMatch(wrong.stdout + wrong.stderr, /hunter2/);
});
