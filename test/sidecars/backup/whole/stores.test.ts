// Stores that are full, away, or refuse: what is told, what is left there, and what becomes of the other ones.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { answers, S3Faults } from '#harness/s3-faults.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
import { bucketEnv, filesIn, filesOf, runOf, Scene, startWithoutPower } from './scene.ts';
import { flip } from './store-files.ts';
import { makeRandom } from './trees.ts';

/** A scene with 4 MB of sources. */
function scene(t: TestContext, more: Readonly<Record<string, string>> = {}): Scene {
  const made = new Scene(t, more);
  makeRandom(made.source, 4, 1_000_000);
  return made;
}

/** The files in a folder that is a store, without leases. */
const files = (folder: string) => filesIn(folder).filter((name) => !name.startsWith('lease-') && name !== 'ballast');

test('a disk that gets full: nothing has a final name, and what was written is gone', needs('linux', 'root'), async (t) => {
  const disk = temporaryMount(t, 'size=2m');
  const { code, result } = await scene(t, { BACKUP_TO: `file://${disk}` }).now();
  assert.deepEqual([code, result.outcome, result.manifest], [1, 'failed', null]);
  assert.match(result.reason ?? '', /^file:\S+ cannot write \S+-full\.tar\.zst: ENOSPC.*; make room, or keep fewer backups$/);
  assert.deepEqual(files(disk), []);
});

test('two stores, of which one is full: the other one has it, and the next time both do', needs('linux', 'root'), async (t) => {
  const disk = temporaryMount(t, 'size=16m');
  const made = scene(t);
  made.env.BACKUP_TO = `file://${disk},file://${made.store}`;
  const ballast = fill(disk);
  // a lease finds its room
  writeFileSync(ballast, Buffer.alloc(14_000_000));
  const first = await made.now();
  assert.deepEqual([first.code, first.result.outcome], [1, 'partial'], first.stderr);
  assert.ok(first.result.manifest !== null);
  assert.match(first.result.reason ?? '', /ENOSPC.*make room/);
  assert.deepEqual(
    first.result.stores.map(({ name, failure, retained }) => [name, failure === null, retained]),
    [
      [`file://${disk}`, false, 0],
      [`file://${made.store}`, true, 1],
    ],
  );
  assert.deepEqual(files(disk), []);
  assert.deepEqual(files(made.store), filesOf(first.result.manifest));
  assert.equal(first.result.manifest.verified?.how, 'content');

  unlinkSync(ballast);
  const second = await made.save({ BACKUP_FULL: 'weekly' });
  assert.equal(second.kind, 'full', 'not every store has the one before');
  assert.deepEqual(files(disk), filesOf(second));
  assert.deepEqual(files(made.store), filesOf(first.result.manifest, second));
  const third = await made.save({ BACKUP_FULL: 'weekly' });
  assert.equal(third.parent, second.id);
  const { code, stdout } = await made.run(['verify', '--all']);
  assert.equal(code, 0, stdout);
  assert.equal(stdout.trimEnd().split('\n').length, 5);

  // one that is damaged in one of them is built upon in none
  flip(join(disk, second.archive.file));
  assert.equal((await made.run(['verify', '--all'])).code, 1);
  assert.equal((await made.save({ BACKUP_FULL: 'weekly' })).kind, 'full');
});

test(
  'two stores, of which one cannot be opened: the other one has it, and can be asked and restored from',
  needs('linux'),
  async (t) => {
    const made = scene(t);
    const away = join(made.folder, 'away');
    writeFileSync(away, 'no folder');
    made.env.BACKUP_TO = `file://${away},file://${made.store}`;
    const { code, result, stderr } = await made.now();
    assert.deepEqual([code, result.outcome], [1, 'partial'], stderr);
    assert.match(result.reason ?? '', /^file:\S+\/away cannot be used: .*ENOTDIR.*; name a folder$/);
    const list = await made.run(['list']);
    assert.match(list.stdout, new RegExp(`^${result.manifest?.id} `, 'm'));
    assert.match(list.stderr, /"warn".*\/away cannot be used/);
    const verify = await made.run(['verify', '--all']);
    assert.equal(verify.code, 1);
    assert.match(verify.stdout, new RegExp(`${result.manifest?.id}  ok\n$`));
    assert.match(verify.stderr, /1 of the stores could not be looked through/);
    const restored = await made.run(['restore', '--to', join(made.folder, 'new')]);
    assert.equal(restored.code, 0, restored.stderr);
    rmSync(away);
    await made.save();
    assert.ok(existsSync(away));
  },
);

test(
  'restore without an id: the newest good one of all stores that answer, and who did not is told',
  needs('linux'),
  async (t) => {
    const made = new Scene(t);
    const [first, second] = ['first', 'second'].map((name) => join(made.folder, name)) as [string, string];
    made.env.BACKUP_TO = `file://${first},file://${second}`;
    let count = 0;
    const restored = async () => {
      count += 1;
      const to = join(made.folder, `restored ${count}`);
      const { code, stdout, stderr } = await made.run(['restore', '--to', to]);
      assert.equal(code, 0, stderr);
      return { content: readFileSync(join(to, made.path('file')), 'utf8'), stdout, stderr };
    };
    writeFileSync(made.path('file'), 'one');
    await made.save();
    const both = await restored();
    assert.match(both.stdout, / restored from file:\S+\/first to /);
    assert.doesNotMatch(both.stderr, /"warn"/);

    // the first one is away for a run, and back
    renameSync(first, `${first}.away`);
    writeFileSync(first, 'no folder');
    writeFileSync(made.path('file'), 'two');
    const { result } = await made.now();
    const without = await restored();
    assert.match(without.stdout, / restored from file:\S+\/second to /);
    assert.match(without.stderr, /"warn".*\/first cannot be used/);
    rmSync(first);
    renameSync(`${first}.away`, first);
    const newest = await restored();
    assert.equal(newest.content, 'two');
    assert.match(newest.stdout, new RegExp(`^${result.manifest?.id}  .* restored from file:\\S+/second to `));
    assert.match(newest.stderr, /restoring/);

    // what is damaged is not good
    flip(join(second, result.manifest?.archive.file ?? ''));
    assert.equal((await made.run(['verify', '--all'])).code, 1);
    assert.equal((await restored()).content, 'one');
    rmSync(first, { recursive: true });
    rmSync(second, { recursive: true });
    const none = await made.run(['restore', '--to', join(made.folder, 'nothing')]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /no good backup in file:\S+\/first/);
    assert.match(none.stderr, /no good backup in file:\S+\/second/);
  },
);

test('a folder and a bucket that refuses to be written: the folder has it', needs('linux'), async (t) => {
  const bucket = await testBucket(t, bestS3());
  const faults = await S3Faults.start(t, bucket.access.endpoint);
  const made = scene(t, bucketEnv(bucket, faults.url));
  made.env.BACKUP_TO = `file://${made.store},${made.env.BACKUP_TO}`;
  faults.during(Number.POSITIVE_INFINITY, 'put', answers(403, 'AccessDenied'));
  const { code, result, stderr } = await made.now();
  assert.deepEqual([code, result.outcome], [1, 'partial'], stderr);
  assert.match(result.reason ?? '', /s3:\S+ .*AccessDenied|denied/);
  assert.equal((await made.list()).length, 1);
  assert.deepEqual(await bucket.keys(), []);
});

test('what a run that was cut off left and nobody may remove is told, and the backup is made', needs('linux'), async (t) => {
  const bucket = await testBucket(t, bestS3());
  const faults = await S3Faults.start(t, bucket.access.endpoint);
  const made = scene(t, bucketEnv(bucket, faults.url));
  const left = ['20261126T031500Z-aaaaaa-full.tar.zst', '20261126T031500Z-aaaaaa.index.zst'];
  for (const file of left)
    await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: `saved/${file}`, Body: 'locked' }));
  const refuse = answers(403, 'AccessDenied', 'forbidden by object lock');
  faults.during(Number.POSITIVE_INFINITY, 'remove', async (exchange) => {
    if (exchange.request.url?.includes('aaaaaa')) return refuse(exchange);
    const { answer, body } = await exchange.forward();
    exchange.response.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
  });
  const { code, result, stderr } = await made.now();
  assert.deepEqual([code, result.outcome], [0, 'saved'], stderr);
  assert.match(stderr, /aaaaaa-full\.tar\.zst and 1 more of a run that was cut off may not be removed/);
  assert.equal((await made.list()).length, 1);
});

test(
  'a bucket that can be written and not be read back: the backup is there, not verified, and it is told',
  needs('linux'),
  async (t) => {
    const bucket = await testBucket(t, bestS3());
    const faults = await S3Faults.start(t, bucket.access.endpoint);
    const made = scene(t, bucketEnv(bucket, faults.url));
    const refuse = answers(403, 'AccessDenied');
    faults.during(Number.POSITIVE_INFINITY, 'get', async (exchange) => {
      if (exchange.request.url?.includes('.tar.zst')) return refuse(exchange);
      const { answer, body } = await exchange.forward();
      exchange.response.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
    });
    const { code, result } = await made.now();
    assert.deepEqual([code, result.outcome], [1, 'partial']);
    assert.match(result.reason ?? '', /^s3:\S+ cannot read \S+-full\.tar\.zst.*AccessDenied/);
    assert.deepEqual(
      (await made.list()).map(({ id, verified, damaged }) => [id, verified, damaged]),
      [[result.manifest?.id, null, null]],
    );
  },
);

test('a bucket and a backup that will be large: its parts are as large from the beginning', needs('linux', 'ceph'), async (t) => {
  const bucket = await testBucket(t, 'ceph');
  const faults = await S3Faults.start(t, bucket.access.endpoint);
  const made = scene(t, bucketEnv(bucket, faults.url));
  makeRandom(made.source, 1, 30_000_000);
  const first = await made.save();
  const parts = () =>
    faults.seen.filter(({ operation }) => operation === 'part').map(({ headers }) => Number(headers['content-length']));
  assert.equal(Math.max(...parts()), 8 * 2 ** 20);
  // as if the last one had had 120 GiB
  const large = {
    ...first,
    bytes: { total: 240 * 2 ** 30, stored: 0 },
    archive: { ...first.archive, storedBytes: 120 * 2 ** 30 },
  };
  const Key = `saved/${first.id}.json`;
  await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body: JSON.stringify(large) }));
  faults.seen.length = 0;
  await made.save({ BACKUP_MIN_RATIO: '0%' });
  assert.equal(Math.max(...parts()), 20 * 2 ** 20);
});

test('a bucket that is away for a while: the run waits, and becomes good', needs('linux'), async (t) => {
  const bucket = await testBucket(t, bestS3());
  const faults = await S3Faults.start(t, bucket.access.endpoint);
  const made = scene(t, { ...bucketEnv(bucket, faults.url), BACKUP_S3_PART_SIZE: '5Mi' });
  makeRandom(made.source, 2, 7_000_000);
  for (const operation of ['part', 'complete', 'put', 'get'] as const) faults.during(2000, operation, answers(503, 'SlowDown'));
  await made.save();
  assert.ok(faults.count('part') > 3);
});

test('a bucket that stays away: told with what to do, and nothing hangs', needs('linux'), async (t) => {
  const bucket = await testBucket(t, 'in-process');
  const faults = await S3Faults.start(t, bucket.access.endpoint);
  const made = scene(t, { ...bucketEnv(bucket, faults.url), BACKUP_S3_PATIENCE: '500ms' });
  for (const operation of ['list', 'put', 'get'] as const)
    faults.during(Number.POSITIVE_INFINITY, operation, answers(503, 'SlowDown'));
  const { code, result } = await made.now();
  assert.deepEqual([code, result.outcome], [1, 'failed']);
  assert.match(result.reason ?? '', /^s3:\S+ .*(SlowDown|503)/);
  const list = await made.run(['list']);
  assert.equal(list.code, 1);
  assert.match(list.stderr, /s3:\S+ .*(SlowDown|503)/);
});

test('a folder that may not be written', needs('linux'), async (t) => {
  const made = scene(t);
  chmodSync(made.store, 0o500);
  const { code, result } = runOf(await startWithoutPower(t, made.env, ['now']).ended);
  assert.deepEqual([code, result.outcome], [1, 'failed']);
  assert.match(
    result.reason ?? '',
    /^file:\S+ cannot write lease-\S+ EACCES.*; let this user write there, or name another folder$/,
  );
  assert.deepEqual(readdirSync(made.store), []);
});

test('one store for two names: neither sees the other', needs('linux'), async (t) => {
  const made = scene(t, { BACKUP_KEEP: 'last=1' });
  const other = { BACKUP_NAME: 'shop/db1' };
  const [mine, theirs] = [await made.save(), await made.save(other)];
  assert.deepEqual(
    (await made.list()).map(({ id }) => id),
    [mine.id],
  );
  assert.deepEqual(
    (await made.list(other)).map(({ id }) => id),
    [theirs.id],
  );
  const next = await made.save();
  assert.deepEqual(made.files, [...filesOf(next), ...filesOf(theirs).map((file) => `shop/db1/${file}`)].sort());
});

test('a folder that is made where it is missing', needs('linux'), async (t) => {
  const made = scene(t);
  made.env.BACKUP_TO = `file://${made.folder}/not/there%20yet`;
  await made.save();
  mkdirSync(join(made.folder, 'empty'));
  assert.equal(files(join(made.folder, 'not/there yet')).length, 3);
});
