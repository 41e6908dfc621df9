import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Record } from '../../../../sidecars/backup/daemon/record.ts';
import type { RunResult } from '../../../../sidecars/backup/run/events.ts';
import { cron } from '../../../../sidecars/backup/schedule/cron.ts';
import { manifestOf } from '../manifests.ts';

const hour = 3_600_000;
const at = (time: string) => Date.parse(`2026-11-${time}:00Z`);
const record = (since: number) => new Record(since, { schedule: cron.parse('15 3 * * *'), timeZone: 'UTC', overdue: hour });
const good = manifestOf('20261125T031500Z-aaaaaa');
const result = (more: Partial<RunResult>): RunResult => ({
  outcome: 'saved',
  reason: null,
  manifest: null,
  stores: [],
  seconds: 1,
  code: 0,
  ...more,
});

describe('what the daemon remembers', () => {
  test('of the stores: the newest good backup, and when the last run began', () => {
    const known = record(at('25T12:00'));
    known.remember([good, manifestOf('20261125T081500Z-bbbbbb', { suspicious: 'it shrank' })]);
    assert.deepEqual([known.lastGood?.id, known.lastStarted], [good.id, at('25T08:15')]);
  });

  test('of runs: how they ended, and the backup where it is good and newer', () => {
    const known = record(at('25T12:00'));
    known.begin(at('26T03:15'));
    assert.deepEqual([known.lastStarted, known.progress?.phase], [at('26T03:15'), 'waiting']);
    const newer = manifestOf('20261126T031500Z-cccccc');
    known.end(result({ manifest: newer }));
    known.end(result({ outcome: 'suspicious', manifest: manifestOf('20261127T031500Z-dddddd', { suspicious: 'it shrank' }) }));
    known.end(result({ outcome: 'failed', manifest: manifestOf('20261127T041500Z-dddddd', { damaged: 'a byte' }) }));
    known.end(result({ manifest: good }));
    assert.deepEqual([known.lastGood?.id, known.progress], [newer.id, undefined]);
    assert.deepEqual(known.runs, { saved: 2, partial: 0, suspicious: 1, unproven: 0, skipped: 0, failed: 1 });
  });

  test('a backup is overdue once its time of the schedule and the patience are over', () => {
    const known = record(at('25T12:00'));
    assert.deepEqual([known.overdue(at('26T04:14')), known.overdue(at('26T04:16'))], [false, true]);
    known.remember([manifestOf('20261126T031500Z-cccccc')]);
    assert.deepEqual(
      [known.overdue(at('26T04:16')), known.overdue(at('27T04:14')), known.overdue(at('27T04:16'))],
      [false, false, true],
    );
  });

  test('one that is not good does not count', () => {
    const known = record(at('25T12:00'));
    known.remember([good, manifestOf('20261126T031500Z-cccccc', { damaged: 'a byte' })]);
    assert.equal(known.overdue(at('26T04:16')), true);
  });
});
