import assert from 'node:assert/strict';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { type EstimateFrom, estimate } from '../../../../sidecars/backup/run/estimate.ts';
import { manifestOf } from '../manifests.ts';

const gibibyte = 2 ** 30;

/** A folder with 3000 bytes in two files, and what is asked of it. */
function scene(t: TestContext) {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'deep'));
  writeFileSync(join(folder, 'a'), Buffer.alloc(1000));
  writeFileSync(join(folder, 'deep/b'), Buffer.alloc(2000));
  const from = (more: Partial<EstimateFrom> = {}): EstimateFrom => ({
    ...{ sources: [folder], paths: [folder], exclude: [], avoid: [], choice: { kind: 'full', why: 'asked for' } },
    ...{ last: undefined, lastFull: undefined, worthWalk: true, signal: new AbortController().signal },
    ...more,
  });
  const backup = (total: number, storedBytes: number) => {
    const { archive, ...rest } = manifestOf('20261126T031500Z-aaaaaa', { sources: [folder], bytes: { total, stored: total } });
    return { ...rest, archive: { ...archive, storedBytes } };
  };
  return { folder, from, backup };
}

test('a first backup: as much as the files have, where that is worth a walk', async (t) => {
  const { folder, from } = scene(t);
  assert.deepEqual(await estimate(from()), { total: 3000, stored: 3000 });
  assert.deepEqual(await estimate(from({ exclude: [join(folder, 'deep')] })), { total: 1000, stored: 1000 });
  assert.deepEqual(await estimate(from({ worthWalk: false })), { total: undefined, stored: undefined });
});

test('a large file with holes counts as what is there', needs('linux'), async (t) => {
  const { folder, from } = scene(t);
  truncateSync(join(folder, 'a'), 500 * gibibyte);
  const { total = 0 } = await estimate(from());
  assert.ok(total >= 3000 - 1000 && total < gibibyte, String(total));
});

test('a full backup: as the last one, smaller by as much as that became', async (t) => {
  const { from, backup } = scene(t);
  const last = backup(500 * gibibyte, 20 * gibibyte);
  const lastFull = backup(400 * gibibyte, 100 * gibibyte);
  assert.deepEqual(await estimate(from({ last, lastFull, worthWalk: false })), {
    total: 500 * gibibyte,
    stored: 125 * gibibyte,
  });
  assert.deepEqual(await estimate(from({ last: backup(0, 512), lastFull: backup(0, 512) })), { total: 0, stored: 0 });
});

test('a differential backup: no more than its full one', async (t) => {
  const { from, backup } = scene(t);
  const parent = backup(400 * gibibyte, 100 * gibibyte);
  const { stored } = await estimate(from({ choice: { kind: 'differential', parent }, last: parent, lastFull: parent }));
  assert.equal(stored, 100 * gibibyte);
});

test('a backup of other sources tells nothing', async (t) => {
  const { from, backup } = scene(t);
  const other = { ...backup(400 * gibibyte, 100 * gibibyte), sources: ['/elsewhere'] };
  assert.deepEqual(await estimate(from({ last: other, lastFull: other })), { total: 3000, stored: 3000 });
});

test('it can be broken off', async (t) => {
  const { folder, from } = scene(t);
  for (let count = 0; count < 2500; count += 1) writeFileSync(join(folder, `deep/${count}`), '');
  await assert.rejects(estimate(from({ signal: AbortSignal.abort(new Error('stopping')) })), /stopping/);
});
