import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Candidate } from '../../../../sidecars/backup/retention/good.ts';
import { keep } from '../../../../sidecars/backup/retention/keep.ts';
import { plan } from '../../../../sidecars/backup/retention/plan.ts';
import { backup, decided, differential, kept, verified } from './backups.ts';

const now = Date.parse('2026-11-26T12:00:00Z');

/** A backup each so many hours, the newest at the time given. */
function series(newest: string, hours: number, count: number): Candidate[] {
  return Array.from({ length: count }, (_, n) => backup(new Date(Date.parse(newest) - n * hours * 3_600_000).toISOString()));
}

describe('of each period the newest stays', () => {
  const halfDays = series('2026-11-26T06:00:00Z', 12, 800);
  for (const [rules, expected] of [
    ['last=2', ['2026-11-26T06:00', '2026-11-25T18:00']],
    ['hourly=2', ['2026-11-26T06:00', '2026-11-25T18:00']],
    ['daily=3', ['2026-11-26T06:00', '2026-11-25T18:00', '2026-11-24T18:00']],
    // 22 and 15 November are Sundays
    ['weekly=3', ['2026-11-26T06:00', '2026-11-22T18:00', '2026-11-15T18:00']],
    ['monthly=3', ['2026-11-26T06:00', '2026-10-31T18:00', '2026-09-30T18:00']],
    ['yearly=2', ['2026-11-26T06:00', '2025-12-31T18:00']],
    ['within=1d', ['2026-11-26T06:00', '2026-11-25T18:00', '2026-11-25T06:00']],
    ['last=1,daily=2,monthly=2', ['2026-11-26T06:00', '2026-11-25T18:00', '2026-10-31T18:00']],
  ] as const)
    test(rules, () => assert.deepEqual(kept(halfDays, rules), expected));

  test('where there are fewer periods than a rule may keep, the oldest stays too', () => {
    const few = series('2026-11-26T06:00:00Z', 1, 4);
    assert.deepEqual(decided(few, keep.parse('yearly=3')), [
      { time: '2026-11-26T06:00', reasons: ['yearly 1 of 3', 'newest good one'] },
      { time: '2026-11-26T03:00', reasons: ['yearly 2 of 3, the oldest'] },
    ]);
    assert.deepEqual(kept(few, 'yearly=1'), ['2026-11-26T06:00']);
  });

  test('days are those of the zone', () => {
    const nights = [
      backup('2026-11-25T23:30:00Z'),
      backup('2026-11-25T22:30:00Z'),
      backup('2026-11-24T23:30:00Z'),
      backup('2026-11-01T00:00:00Z'),
    ];
    assert.deepEqual(kept(nights, 'daily=2'), ['2026-11-25T23:30', '2026-11-24T23:30']);
    assert.deepEqual(kept(nights, 'daily=2', { timeZone: 'Europe/Berlin' }), ['2026-11-25T23:30', '2026-11-25T22:30']);
  });

  test('a week of two years is one week, and an hour that clocks show twice is two', () => {
    const turn = [
      backup('2026-01-01T00:00:00Z'),
      backup('2025-12-31T00:00:00Z'),
      backup('2025-12-28T00:00:00Z'),
      backup('2025-01-01T00:00:00Z'),
    ];
    assert.deepEqual(kept(turn, 'weekly=2'), ['2026-01-01T00:00', '2025-12-28T00:00']);
    const autumn = [backup('2026-10-25T01:30:00Z'), backup('2026-10-25T00:30:00Z'), backup('2026-10-24T00:30:00Z')];
    assert.deepEqual(kept(autumn, 'hourly=2', { timeZone: 'Europe/Berlin' }), ['2026-10-25T01:30', '2026-10-25T00:30']);
  });

  test('where no more backups are made, the last ones stay', () => {
    assert.deepEqual(kept(series('2020-01-02T00:00:00Z', 12, 5), 'within=12h'), ['2020-01-02T00:00', '2020-01-01T12:00']);
  });

  test('in whatever order they are listed', () => {
    assert.deepEqual(kept(halfDays.toReversed(), 'daily=2'), kept(halfDays, 'daily=2'));
  });
});

describe('whatever the rules say', () => {
  const full = backup('2026-11-01T00:00:00Z');
  const old = backup('2026-11-02T00:00:00Z');

  test('the full backup of a differential one that stays, stays', () => {
    const backups = [full, old, differential('2026-11-03T00:00:00Z', full), differential('2026-11-04T00:00:00Z', full)];
    assert.deepEqual(decided(backups, keep.parse('last=2')), [
      { time: '2026-11-04T00:00', reasons: ['last 1 of 2', 'newest good one'] },
      { time: '2026-11-03T00:00', reasons: ['last 2 of 2'] },
      { time: '2026-11-01T00:00', reasons: ['needed by 20261104T000000Z-000000 and 1 more'] },
    ]);
  });

  test('the newest verified one stays', () => {
    const backups = [backup('2026-11-03T00:00:00Z'), { ...old, verified }, { ...full, verified }];
    assert.deepEqual(decided(backups, keep.parse('last=1')), [
      { time: '2026-11-03T00:00', reasons: ['last 1 of 1', 'newest good one'] },
      { time: '2026-11-02T00:00', reasons: ['newest verified one'] },
    ]);
  });

  test('what is locked stays, and what it needs', () => {
    const backups = [backup('2026-11-05T00:00:00Z'), differential('2026-11-03T00:00:00Z', full, { locked: true }), old, full];
    assert.deepEqual(kept(backups, 'last=1'), ['2026-11-05T00:00', '2026-11-03T00:00', '2026-11-01T00:00']);
  });

  test('suspicious and damaged ones stand for nothing, and stay only until a good one follows', () => {
    const shrunk = { suspicious: 'it has 3 % of the bytes' };
    const backups = [
      backup('2026-11-05T00:00:00Z', shrunk),
      backup('2026-11-04T00:00:00Z', { damaged: 'frame 3: checksum' }),
      backup('2026-11-03T00:00:00Z'),
      backup('2026-11-02T18:00:00Z', shrunk),
      backup('2026-11-02T12:00:00Z', { damaged: 'frame 3: checksum' }),
      backup('2026-11-02T00:00:00Z'),
      backup('2026-11-01T00:00:00Z'),
    ];
    assert.deepEqual(decided(backups, keep.parse('daily=2')), [
      { time: '2026-11-05T00:00', reasons: ['no good one since; suspicious: it has 3 % of the bytes'] },
      { time: '2026-11-04T00:00', reasons: ['no good one since; damaged: frame 3: checksum'] },
      { time: '2026-11-03T00:00', reasons: ['daily 1 of 2', 'newest good one'] },
      { time: '2026-11-02T00:00', reasons: ['daily 2 of 2'] },
    ]);
    const removed = plan(backups, keep.parse('daily=2'), now, 'UTC').decisions.filter((decision) => !decision.keep);
    assert.deepEqual(
      removed.map(({ reasons }) => reasons.join()),
      ['suspicious: it has 3 % of the bytes', 'damaged: frame 3: checksum', 'no rule keeps it'],
    );
  });

  test('a differential one is no better than its full one, if that is damaged or gone', () => {
    const damaged = { ...full, damaged: 'cut by 1 byte' };
    const backups = [
      differential('2026-11-04T00:00:00Z', damaged),
      differential('2026-11-03T00:00:00Z', old, { parent: 'gone' }),
      old,
      damaged,
    ];
    assert.deepEqual(decided(backups, keep.parse('last=1')), [
      { time: '2026-11-04T00:00', reasons: ['no good one since; its full backup 20261101T000000Z-000000 is damaged'] },
      { time: '2026-11-03T00:00', reasons: ['no good one since; its full backup gone is gone'] },
      { time: '2026-11-02T00:00', reasons: ['last 1 of 1', 'newest good one'] },
      { time: '2026-11-01T00:00', reasons: ['needed by 20261104T000000Z-000000'] },
    ]);
  });

  test('of none that is good all stay', () => {
    const backups = [backup('2026-11-02T00:00:00Z', { damaged: 'x' }), backup('2026-11-01T00:00:00Z', { suspicious: 'y' })];
    assert.equal(kept(backups, 'last=1').length, 2);
  });

  test('nothing is removed while the clock is behind the newest one', () => {
    const backups = [backup('2026-11-26T12:01:01Z'), old, full];
    const { decisions, refusal } = plan(backups, keep.parse('last=1'), now, 'UTC');
    assert.deepEqual(
      decisions.map((decision) => decision.keep),
      [true, true, true],
    );
    assert.match(
      refusal ?? '',
      /^the newest backup 20261126T120101Z-000000 was begun at 2026-11-26T12:01:01.000Z, and this clock shows 2026-11-26T12:00:00.000Z: nothing is removed\. Set the clock right/,
    );
    assert.equal(plan(backups, keep.parse('last=1'), now + 1000, 'UTC').refusal, undefined, 'a minute is nothing');
  });

  test('none are none', () =>
    assert.deepEqual(plan([], keep.parse('last=1'), now, 'UTC'), { decisions: [], refusal: undefined }));
});
