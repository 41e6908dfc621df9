// The sidecar that keeps a schedule: what it does when, and what it tells of that.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { has, needs } from '#harness/needs.ts';
import { Daemon } from './daemon.ts';
import { Gate } from './gate.ts';
import { Scene } from './scene.ts';
import { makeOlder } from './store-files.ts';

const eachSecond = '* * * * * *';
const hour = 3_600_000;

/** A scene with a file and a schedule. */
function scene(t: TestContext, schedule: string, more: Readonly<Record<string, string>> = {}): Scene {
  const made = new Scene(t, { BACKUP_SCHEDULE: schedule, ...more });
  writeFileSync(made.path('file'), 'one\n');
  return made;
}

/** A schedule with a time each hour, of which the last one was half an hour ago: long enough to have been missed. */
function halfAnHourAgo(): string {
  return `${(new Date().getUTCMinutes() + 30) % 60} * * * *`;
}

test('backups by the schedule, metrics and /status tell of them', needs('linux'), async (t) => {
  const gate = await Gate.open(t);
  const made = scene(t, '*/2 * * * * *', { BACKUP_KEEP: 'last=2', BACKUP_BEFORE: gate.url('/before') });
  const daemon = await Daemon.start(made);
  await daemon.becomes('three backups were made', ({ runs }) => runs.saved >= 3);
  await daemon.says(/^\[\+\] backup ok\nready$/m);
  // a run that waits keeps everything as it is
  const asked = gate.asked.length;
  gate.hold('/before');
  await gate.came('/before', asked + 1);
  const { lastGood, lastRun, next, running, overdue, runs } = await daemon.status();
  const metrics = await daemon.metrics();
  assert.equal(new Date(lastGood?.scheduled ?? '').getSeconds() % 2, 0);
  assert.ok(Date.parse(next ?? '') > Date.parse(lastGood?.scheduled ?? ''));
  assert.deepEqual([running?.phase, overdue, runs.failed], ['waiting', false, 0]);
  if (lastRun?.outcome === 'saved') assert.deepEqual([lastRun.manifest?.id, lastRun.stores[0]?.retained], [lastGood?.id, 2]);

  const sum = (name: string, labels = {}) => metrics.sum(`sidekick_backup_${name}`, labels);
  assert.ok(sum('last_success_timestamp_seconds') >= Date.parse(lastGood?.finished ?? '') / 1000);
  assert.equal(sum('last_success_bytes', { size: 'total' }), 4);
  const parts = [lastGood?.archive, lastGood?.index].map((part) => part?.storedBytes ?? Number.NaN);
  assert.equal(
    sum('last_success_bytes', { size: 'stored' }),
    parts.reduce((total, bytes) => total + bytes),
  );
  assert.deepEqual([sum('last_success_files'), sum('last_success_verified'), sum('overdue'), sum('running')], [1, 1, 0, 1]);
  assert.equal(sum('runs_total', { outcome: 'saved' }), runs.saved);
  assert.equal(sum('retained_backups', { store: `file://${made.store}` }), 2);
  assert.equal(sum('store_up'), 1);
  assert.equal(sum('runs_total', { outcome: 'failed' }), 0);
  if (has('promtool')) {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await daemon.ask('/metrics'),
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  }
  assert.equal((await daemon.sidecar.stop()).code, 0);
  assert.equal(made.files.length, 6, 'two backups are kept');
});

test('settings as flags and in a file are those of its runs, too', needs('linux'), async (t) => {
  const made = scene(t, '@yearly');
  const settings = join(made.folder, 'settings');
  writeFileSync(settings, `BACKUP_NAME=named\n`);
  const daemon = await Daemon.start(made, {}, [`--schedule=${eachSecond}`, '--settings', settings, '--admin=127.0.0.1:0']);
  const { lastGood } = await daemon.becomes('a backup is made', ({ runs }) => runs.saved > 0);
  assert.equal(lastGood?.name, 'named');
  assert.ok(made.files.every((file) => file.startsWith('named/')));
});

test('it answers while a run is under way, and tells how far that is', needs('linux'), async (t) => {
  const gate = await Gate.open(t);
  const made = scene(t, eachSecond, { BACKUP_AFTER: gate.url('/after') });
  gate.hold('/after');
  const daemon = await Daemon.start(made);
  await gate.came('/after');
  const { running } = await daemon.becomes('it tells how far it is', (status) => status.running?.phase === 'reading');
  assert.equal(running?.files, 1);
  let slowest = 0;
  for (let count = 0; count < 50; count += 1) {
    const asked = performance.now();
    assert.equal(await daemon.code('/livez'), 200);
    slowest = Math.max(slowest, performance.now() - asked);
  }
  t.diagnostic(`/livez took ${slowest.toFixed(1)} ms at most`);
  assert.equal((await daemon.metrics()).sum('sidekick_backup_running'), 1);
  gate.release('/after');
  await daemon.becomes('it is saved', ({ runs }) => runs.saved > 0);
});

test('a store that cannot be used: degraded and overdue, and well again once it can', needs('linux'), async (t) => {
  const made = scene(t, eachSecond, { BACKUP_OVERDUE: '1s' });
  const away = `${made.store}.away`;
  renameSync(made.store, away);
  writeFileSync(made.store, 'a file');
  const daemon = await Daemon.start(made);
  await daemon.says(/\[~\] backup degraded: .*store cannot be used: ENOTDIR/);
  await daemon.says(/\[~\] backup degraded: overdue: the last good backup is none; the last run: .*cannot be used/);
  assert.equal(await daemon.code('/livez'), 200);
  const { overdue, lastRun } = await daemon.status();
  assert.deepEqual([overdue, lastRun?.outcome], [true, 'failed']);
  const metrics = await daemon.metrics();
  assert.deepEqual([metrics.sum('sidekick_backup_overdue'), metrics.sum('sidekick_backup_store_up')], [1, 0]);
  rmSync(made.store);
  renameSync(away, made.store);
  await daemon.says(/\[\+\] backup ok/);
  assert.equal((await daemon.metrics()).sum('sidekick_backup_overdue'), 0);
});

test(
  'a time of the schedule that was missed is made up for at the start, once; with BACKUP_CATCH_UP=false it is not',
  needs('linux'),
  async (t) => {
    const made = scene(t, halfAnHourAgo());
    const last = makeOlder(made.store, await made.save(), 5 * hour);
    const patient = await Daemon.start(made, { BACKUP_CATCH_UP: 'false' });
    const { next, lastGood } = await patient.becomes('it has decided', (status) => status.next !== null);
    assert.equal(lastGood?.id, last.id, 'it knows what the store has');
    assert.ok(Date.parse(next ?? '') > Date.now());
    assert.equal(
      Object.values((await patient.status()).runs).reduce((sum, count) => sum + count),
      0,
    );
    await patient.sidecar.stop();

    const daemon = await Daemon.start(made);
    const { lastGood: caughtUp } = await daemon.becomes('it made up for it', ({ runs }) => runs.saved > 0);
    await daemon.sidecar.says('making up for a time of the schedule that was missed');
    const age = Date.now() - Date.parse(caughtUp?.scheduled ?? '');
    assert.ok(age >= 0 && age < hour, 'for the last one alone');
    const status = await daemon.becomes('it waits for the next one', ({ next: then }) => Date.parse(then ?? '') > Date.now());
    assert.equal(status.runs.saved, 1);
  },
);

test('one that is overdue, and that somebody else makes', needs('linux'), async (t) => {
  const made = scene(t, halfAnHourAgo(), { BACKUP_CATCH_UP: 'false', BACKUP_OVERDUE: '1s' });
  makeOlder(made.store, await made.save(), 5 * hour);
  const daemon = await Daemon.start(made);
  await daemon.says(/backup degraded: overdue: the last good backup is \S+; no run has ended since/);
  const { id } = await made.save();
  await daemon.says(/\[\+\] backup ok/);
  assert.equal((await daemon.status()).lastGood?.id, id);
});

test('a run that is killed: failed, told to the webhook, and the daemon goes on', needs('linux'), async (t) => {
  const gate = await Gate.open(t);
  const made = scene(t, eachSecond, {
    BACKUP_BEFORE: gate.url('/before'),
    BACKUP_NOTIFY: gate.url('/hook?token=hunter2'),
    BACKUP_NOTIFY_HEADERS: 'Authorization: Bearer hunter3',
    BACKUP_NAME: 'db1',
  });
  gate.hold('/before');
  const daemon = await Daemon.start(made);
  await gate.came('/before');
  const [child, ...others] = daemon.children;
  assert.ok(child !== undefined && others.length === 0);
  process.kill(child.pid, 'SIGKILL');
  const { lastRun } = await daemon.becomes('it failed', ({ runs }) => runs.failed === 1);
  assert.match(lastRun?.reason ?? '', /the run ended by SIGKILL, as where a container has too little memory/);
  await gate.came('/hook?token=hunter2');
  const [told] = gate.of('/hook?token=hunter2');
  const notice = JSON.parse(told?.body ?? '');
  assert.deepEqual([notice.outcome, notice.ok, notice.title], ['failed', false, 'Backup of db1: failed']);
  assert.match(notice.message, /SIGKILL/);
  assert.equal(told?.headers.authorization, 'Bearer hunter3');
  await daemon.says(/backup degraded: the last run: the run ended by SIGKILL/);
  gate.release('/before');
  const { runs } = await daemon.becomes('the next one saves', (status) => status.runs.saved > 0);
  assert.equal(runs.skipped, 0, 'the lease of the dead one is no reason to wait');
  await daemon.says(/\[\+\] backup ok/);
});

test('the webhook: failures alone by default, and in the words of a template', needs('linux'), async (t) => {
  const gate = await Gate.open(t);
  const made = scene(t, '@yearly', { BACKUP_NOTIFY: gate.url('/hook'), BACKUP_NAME: 'db1' });
  await made.save();
  assert.equal(gate.asked.length, 0);
  await made.save({ BACKUP_NOTIFY_ON: 'always', BACKUP_NOTIFY_TEMPLATE: '{"text":"{{title}}, {{files}} files"}' });
  assert.deepEqual(gate.asked[0]?.body && JSON.parse(gate.asked[0].body), { text: 'Backup of db1: saved, 1 files' });
  gate.answers('/hook', 404);
  const { code, stderr } = await made.now({ BACKUP_SOURCES: '/missing' });
  assert.equal(code, 1);
  assert.match(stderr, /http:\S+ could not be told \(BACKUP_NOTIFY\): it answers 404; check the address in BACKUP_NOTIFY/);
  assert.doesNotMatch(stderr, /\/hook/);
});
