import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { choose, type Surroundings } from '../../../../sidecars/backup/run/choice.ts';
import { manifestOf } from '../manifests.ts';

const full = manifestOf('20261123T031500Z-aaaaaa');
const surroundings = (more: Partial<Surroundings>): Surroundings => ({
  every: 'weekly',
  now: new Date('2026-11-26T03:15:00Z'),
  timeZone: 'UTC',
  sources: ['/data'],
  stores: [[full]],
  ...more,
});
const chosen = (more: Partial<Surroundings>) => {
  const choice = choose(surroundings(more));
  return choice.kind === 'full' ? choice.why : choice.parent.id;
};

describe('what a run saves', () => {
  test('everything, where every backup is to be a full one, or there is none', () => {
    assert.match(chosen({ every: 'always' }), /every backup/);
    assert.match(chosen({ stores: [[]] }), /no store has a full backup/);
  });

  test('what has changed since the last full one of the week', () => {
    assert.equal(chosen({}), full.id);
    const newer = manifestOf('20261125T031500Z-bbbbbb');
    assert.equal(chosen({ stores: [[full, newer]] }), newer.id);
    assert.equal(
      chosen({ stores: [[full, manifestOf('20261125T031500Z-cccccc', { kind: 'differential', parent: full.id })]] }),
      full.id,
    );
  });

  test('weeks begin on Monday, days and months in the time zone', () => {
    assert.equal(chosen({ now: new Date('2026-11-29T23:59:59Z') }), full.id);
    assert.match(chosen({ now: new Date('2026-11-30T00:00:00Z') }), /not of this week/);
    const monday = { now: new Date('2026-11-29T23:30:00Z'), timeZone: 'Europe/Berlin' };
    assert.match(chosen(monday), /not of this week/);
    assert.equal(chosen({ every: 'monthly' }), full.id);
    assert.match(chosen({ every: 'monthly', now: new Date('2026-12-01T00:00:00Z') }), /not of this month/);
    assert.match(chosen({ every: 'daily' }), /not of this day/);
    assert.equal(chosen({ every: 'daily', now: new Date('2026-11-23T23:00:00Z') }), full.id);
  });

  test('the turn of a year is within a week', () => {
    const old = manifestOf('20251229T031500Z-aaaaaa');
    assert.equal(chosen({ stores: [[old]], now: new Date('2026-01-02T00:00:00Z') }), old.id);
  });

  test('a parent is in every store, is good, and is of the same sources', () => {
    assert.equal(chosen({ stores: [[full], [full]] }), full.id);
    assert.match(chosen({ stores: [[full], []] }), /no store has a full backup, or not all/);
    assert.match(chosen({ stores: [[{ ...full, suspicious: 'it shrank' }]] }), /no store/);
    assert.match(chosen({ sources: ['/data', '/more'] }), /sources are others/);
  });
});
