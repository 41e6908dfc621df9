import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keep } from '../../../../sidecars/backup/retention/keep.ts';
import { plan } from '../../../../sidecars/backup/retention/plan.ts';
import { renderPlan, type Shown } from '../../../../sidecars/backup/retention/table.ts';
import { backup, differential } from './backups.ts';

const now = Date.parse('2026-11-26T12:00:00Z');

test('a plan is a table for people', () => {
  const full = backup('2026-11-01T02:15:00Z');
  const backups = [differential('2026-11-25T02:15:00Z', full), backup('2026-11-24T02:15:00Z'), full].map(sized);
  assert.equal(
    renderPlan(plan(backups, keep.parse('last=1'), now, 'Europe/Berlin'), backups, 'Europe/Berlin'),
    `        id                       kind          begun (Europe/Berlin)      size  why
keep    20261125T021500Z-000000  differential  2026-11-25 03:15:00    1.50 GiB  last 1 of 1; newest good one
REMOVE  20261124T021500Z-000000  full          2026-11-24 03:15:00    1.50 GiB  no rule keeps it
keep    20261101T021500Z-000000  full          2026-11-01 03:15:00    1.50 GiB  needed by 20261125T021500Z-000000

2 to keep, 1 to remove, which frees 1.50 GiB.
`,
  );
  assert.match(renderPlan(plan(backups, keep.parse('last=9'), now, 'UTC'), backups, 'UTC'), /\n\n3 to keep, none to remove\.\n$/);
});

test('a refusal stands below it', () => {
  const backups = [backup('2027-01-01T00:00:00Z')].map(sized);
  assert.match(
    renderPlan(plan(backups, keep.parse('last=1'), now, 'UTC'), backups, 'UTC'),
    /the clock is wrong\n\nRefused: the newest backup 20270101T000000Z-000000 was begun .* by hand\.\n$/,
  );
});

test('nothing is no table', () =>
  assert.equal(renderPlan(plan([], keep.parse('last=1'), now, 'UTC'), [], 'UTC'), 'There are no backups.\n'));

function sized<T extends object>(one: T): T & Pick<Shown, 'archive' | 'index'> {
  const part = { file: 'x', plainBytes: 0, plainSha256: '', storedBytes: 0.75 * 2 ** 30, storedSha256: '' };
  return { ...one, archive: part, index: part };
}
