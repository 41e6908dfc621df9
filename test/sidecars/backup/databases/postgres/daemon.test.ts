// What a sidecar with a schedule tells of its drills.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { Daemon } from '../../whole/daemon.ts';
import { DatabaseScene, sharedPostgres, untilGone } from './scene.ts';

const shared = sharedPostgres({ major: 17 });
const goods = 'CREATE TABLE goods AS SELECT i, md5(i::text) AS name FROM generate_series(1, 100) i';

test('drills by the schedule: metrics and /status tell of them', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, goods, { BACKUP_SCHEDULE: '* * * * * *', BACKUP_DRILL: 'daily' });
  const daemon = await Daemon.start(scene);
  await daemon.becomes('two backups were made', ({ runs }) => runs.saved >= 2);
  const metrics = await daemon.metrics();
  const of = (name: string) => metrics.sum(`sidekick_backup_${name}`);
  assert.deepEqual([of('drill_success'), of('drill_tables'), of('drill_rows'), of('last_success_databases')], [1, 1, 100, 1]);
  assert.ok(of('drill_age_seconds') >= 0 && of('drill_duration_seconds') > 0);
  const { lastDrill } = JSON.parse(await daemon.ask('/status'));
  assert.deepEqual([lastDrill.outcome, lastDrill.reason, lastDrill.checksums], ['proven', null, true]);
  await daemon.says(/\[\+\] backup ok/);
  assert.equal((await daemon.sidecar.stop()).code, 0);
  await untilGone(shared.server);
  const outcomes = (await scene.list()).map((backup) => backup.drilled?.outcome);
  assert.deepEqual([outcomes[0], outcomes[1]], ['proven', undefined]);

  // another one that knows of the last drill from the store alone
  const next = await Daemon.start(scene, { BACKUP_SCHEDULE: '@yearly' });
  await next.says(/\[\+\] backup ok/);
  assert.equal((await next.metrics()).sum('sidekick_backup_drill_success'), 1);
});

test('a drill that cannot be made: degraded, and the backup is there', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, goods, {
    BACKUP_SCHEDULE: '* * * * * *',
    BACKUP_DRILL: 'always',
    BACKUP_DRILL_URL: 'postgres://127.0.0.1:1',
  });
  const daemon = await Daemon.start(scene);
  const { lastRun, lastGood, runs } = await daemon.becomes('a run has ended', (status) => status.runs.unproven > 0);
  assert.deepEqual([lastRun?.outcome, runs.failed], ['unproven', 0]);
  assert.equal(lastGood?.drilled?.outcome, 'undone');
  await daemon.says(/\[~\] backup degraded: the last run: .*ECONNREFUSED/);
  const metrics = await daemon.metrics();
  assert.equal(metrics.sum('sidekick_backup_drill_success'), 0);
  assert.ok(metrics.sum('sidekick_backup_runs_total', { outcome: 'unproven' }) >= 1);
});
