import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holding, isWithin } from '../../../../../sidecars/attach/kubernetes/plan/files.ts';

const mounts = ['/var/log/nginx', '/data', '/data/cache', '/etc/app'].map((mountPath) => ({ name: mountPath, mountPath }));

for (const [globs, held, missing] of [
  [['/var/log/nginx/*.log'], ['/var/log/nginx'], []],
  [['/var/log/nginx/a/{b,c}/*.log'], ['/var/log/nginx'], []],
  [['/var/log/**/*.log'], ['/var/log/nginx'], []],
  [['/var/log/nginx'], ['/var/log/nginx'], []],
  [['/data/**'], ['/data', '/data/cache'], []],
  [['/data/cache/x'], ['/data/cache'], []],
  [['/data-2/*.log'], [], ['/data-2']],
  [['/logs/app.log'], [], ['/logs']],
  [['/logs/b/*.log', '/logs/*.log', '/logs/c/x.log'], [], ['/logs']],
  [['/*.log'], ['/var/log/nginx', '/data', '/data/cache', '/etc/app'], []],
  [['/etc/app/x', '/tmp/../data/x'], ['/data', '/etc/app'], []],
] as const)
  test(`${globs.join(' and ')}: ${held.join(' ') || 'no volume'}, and what is on none: ${missing.join(' ') || 'nothing'}`, () => {
    const found = holding(globs, mounts);
    assert.deepEqual(
      found.mounts.map(({ mountPath }) => mountPath),
      held,
    );
    assert.deepEqual(found.missing, missing);
  });

test('a path is within a folder by its whole names', () => {
  assert.ok(isWithin('/data/a', '/data'));
  assert.ok(isWithin('/data', '/data/'));
  assert.ok(isWithin('/data', '/'));
  assert.ok(!isWithin('/data-2', '/data'));
  assert.ok(!isWithin('/', '/data'));
});
