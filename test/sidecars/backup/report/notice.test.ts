import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { amountOfBytes, amountOfTime } from '../../../../sidecars/backup/report/amounts.ts';
import { isWanted, type NotifyOn, noticeOf } from '../../../../sidecars/backup/report/notice.ts';
import type { Outcome } from '../../../../sidecars/backup/run/events.ts';
import { failed, manifest, saved } from './results.ts';

const self = { name: 'db1', host: 'web1' };

test('all that is to be known of a run that went well', () => {
  assert.deepEqual(noticeOf(saved, self), {
    outcome: 'saved',
    ok: true,
    title: 'Backup of db1: saved',
    message:
      'The full backup 20261126T031500Z-3f9a2c of db1 on web1 took 5 min 3 s: 1234 files with 3.00 GiB, stored as 1.50 GiB in s3://bucket/db1; it was read back and is right.',
    name: 'db1',
    host: 'web1',
    id: '20261126T031500Z-3f9a2c',
    kind: 'full',
    started: '2026-11-26T03:15:00.000Z',
    finished: '2026-11-26T03:20:03.000Z',
    seconds: 303.4,
    duration: '5 min 3 s',
    files: 1234,
    bytes: 3 * 2 ** 30,
    storedBytes: 1.5 * 2 ** 30,
    size: '1.50 GiB',
    databases: 0,
    drilled: '',
    changed: 0,
    unreadable: 0,
    warnings: 0,
    verified: true,
    reason: '',
    stores: saved.stores,
  });
});

describe('a run in a sentence', () => {
  const flawed = { ...manifest, verified: null, changed: { count: 2, paths: [] }, unreadable: { count: 1, paths: [] } };
  const took =
    'The full backup 20261126T031500Z-3f9a2c of db1 on web1 took 5 min 3 s: 1234 files with 3.00 GiB, stored as 1.50 GiB';
  for (const [what, result, message] of [
    ['failed', { ...failed, reason: 'no room is left.' }, 'The backup of db1 on web1 failed after 2 s: no room is left.'],
    ['failed without a word', { ...failed, reason: null }, 'The backup of db1 on web1 failed after 2 s.'],
    [
      'with flaws',
      { ...saved, manifest: flawed },
      `${took} in s3://bucket/db1; 2 changed while they were read, 1 could not be read.`,
    ],
    [
      'suspicious',
      { ...saved, outcome: 'suspicious', reason: 'it has 3 % of the bytes' },
      `${took} in s3://bucket/db1; it was read back and is right. It is not called good: it has 3 % of the bytes.`,
    ],
    [
      'in some stores',
      {
        ...saved,
        outcome: 'partial',
        reason: 'file:///b is full',
        stores: [...saved.stores, { name: 'file:///b', failure: 'full', retained: 0, removed: 0 }],
        manifest: { ...manifest, verified: null },
      },
      `${took} in s3://bucket/db1. Not every store has it: file:///b is full.`,
    ],
  ] as const)
    test(what, () => assert.equal(noticeOf(result, self).message, message));

  test('without a name it is the host', () => {
    const notice = noticeOf({ ...failed, reason: 'x' }, { name: '', host: 'web1' });
    assert.deepEqual([notice.title, notice.message], ['Backup of web1: failed', 'The backup of web1 failed after 2 s: x.']);
  });
});

test('who is told of what', () => {
  const told = (on: NotifyOn) =>
    (['saved', 'partial', 'suspicious', 'skipped', 'failed'] satisfies Outcome[]).filter((outcome) => isWanted(outcome, on));
  assert.deepEqual(told('failure'), ['partial', 'suspicious', 'failed']);
  assert.deepEqual(told('success'), ['saved']);
  assert.deepEqual(told('always'), ['saved', 'partial', 'suspicious', 'failed']);
});

test('amounts for people', () => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [512, '512 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [1.5 * 2 ** 20, '1.50 MiB'],
    [9.999 * 2 ** 20, '10.0 MiB'],
    [99.96 * 2 ** 20, '100 MiB'],
    [1023.6 * 2 ** 20, '1.00 GiB'],
    [2 ** 62, '4096 PiB'],
  ] as const)
    assert.equal(amountOfBytes(bytes), text);
  for (const [milliseconds, text] of [
    [0, '0 ms'],
    [999.6, '1 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [303_000, '5 min 3 s'],
    [3_599_600, '1 h'],
    [7_800_000, '2 h 10 min'],
    [86_400_000, '1 d'],
    [100 * 3_600_000, '4 d 4 h'],
  ] as const)
    assert.equal(amountOfTime(milliseconds), text);
});
