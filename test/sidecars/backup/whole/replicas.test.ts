// Two sidecars with one schedule on one store, as two replicas of one workload have them: one backup for each time of it.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { Daemon } from './daemon.ts';
import { Gate } from './gate.ts';
import { bucketEnv, filesOf, runOf, Scene } from './scene.ts';

/** Lets two daemons run for some times of their schedule. @returns the times for which there are backups. */
async function slotsOfTwo(t: TestContext, scene: Scene): Promise<readonly string[]> {
  writeFileSync(scene.path('file'), 'one');
  const daemons = await Promise.all([Daemon.start(scene), Daemon.start(scene)]);
  const runs = async () => Promise.all(daemons.map(async (daemon) => (await daemon.status()).runs));
  await until('each had something to do four times', async () => {
    const all = await runs();
    return all.every(({ saved, skipped }) => saved + skipped >= 4) && all.reduce((sum, { saved }) => sum + saved, 0) >= 2;
  });
  const [one, other] = await runs();
  assert.deepEqual([one?.failed, other?.failed, one?.partial, other?.partial], [0, 0, 0, 0]);
  for (const daemon of daemons) assert.equal((await daemon.sidecar.stop()).code, 0);
  const backups = await scene.list();
  for (const { damaged, suspicious, verified } of backups)
    assert.deepEqual([damaged, suspicious, verified?.how], [null, null, 'content']);
  t.diagnostic(
    `${one?.saved} by one and ${other?.saved} by the other; ${(one?.skipped ?? 0) + (other?.skipped ?? 0)} left to the other`,
  );
  return backups.map(({ scheduled }) => scheduled ?? '');
}

test('a folder: no time of the schedule has two backups', needs('linux'), async (t) => {
  const scene = new Scene(t, { BACKUP_SCHEDULE: '*/3 * * * * *' });
  const slots = await slotsOfTwo(t, scene);
  assert.equal(new Set(slots).size, slots.length, slots.join(' '));
  assert.deepEqual(scene.files, filesOf(...(await scene.list())));
});

test('a bucket: no time of the schedule has two backups', needs('linux', 'ceph'), async (t) => {
  const env = bucketEnv(await testBucket(t, 'ceph'));
  const slots = await slotsOfTwo(t, new Scene(t, { ...env, BACKUP_SCHEDULE: '*/3 * * * * *' }));
  assert.equal(new Set(slots).size, slots.length, slots.join(' '));
});

test('`now` while another run is under way: refused, with who it is; the other one goes on', needs('linux'), async (t) => {
  const gate = await Gate.open(t);
  const scene = new Scene(t, { BACKUP_BEFORE: gate.url('/before') });
  writeFileSync(scene.path('file'), 'one');
  gate.hold('/before');
  const first = scene.start(['now']);
  await gate.came('/before');
  const { code, result, stderr } = await scene.now();
  assert.deepEqual([code, result.outcome, result.manifest], [1, 'failed', null]);
  assert.match(stderr, /a run on \S+, since \S+, holds the lease; if it is dead, its lease ends at \S+, or at once by unlock/);
  const scheduled = runOf(await scene.run(['now', `--scheduled=${new Date().toISOString()}`]));
  assert.deepEqual([scheduled.code, scheduled.result.outcome], [0, 'skipped']);
  assert.equal(gate.asked.length, 1, 'the application was asked once');
  gate.release('/before');
  const ended = runOf(await first.ended);
  assert.deepEqual([ended.code, ended.result.outcome], [0, 'saved'], ended.stderr);
  assert.equal((await scene.list()).length, 1);
});

test('a run whose lease is taken away makes no backup', needs('linux'), async (t) => {
  const gate = await Gate.open(t);
  const scene = new Scene(t, { BACKUP_AFTER: gate.url('/after') });
  writeFileSync(scene.path('file'), 'one');
  gate.hold('/after');
  const run = scene.start(['now']);
  await gate.came('/after');
  await scene.unlock();
  gate.release('/after');
  const { code, result } = runOf(await run.ended);
  assert.deepEqual([code, result.outcome, result.manifest], [1, 'failed', null]);
  assert.match(result.reason ?? '', /the lease \S+ was taken away by unlock on \S+ at .*run it again/);
  assert.deepEqual(scene.files, []);
  await scene.save();
});

test('a lease whose files somebody removed: the run finds out, and makes no backup', needs('linux'), async (t) => {
  const gate = await Gate.open(t);
  const scene = new Scene(t, { BACKUP_AFTER: gate.url('/after') });
  writeFileSync(scene.path('file'), 'one');
  gate.hold('/after');
  const run = scene.start(['now']);
  await gate.came('/after');
  rmSync(join(scene.store, 'lease-00000001.json'));
  gate.release('/after');
  const { code, result } = runOf(await run.ended);
  assert.equal(code, 1);
  assert.match(result.reason ?? '', /was removed while this run held it; run it again/);
  assert.deepEqual(scene.files, []);
});
