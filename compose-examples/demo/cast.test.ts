import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '#harness/until.ts';
import { enter, sceneOf } from './cast.ts';
import { Stage } from './stage.ts';

test('where there is no Linux, the other three sidecars play without the network probe', async (t) => {
  const stage = new Stage();
  t.after(() => stage.clear());
  const cast = await enter(stage, { rate: 50, count: Number.POSITIVE_INFINITY, schedule: '@every 1s' }, 'darwin');
  assert.equal(cast.sidecars.netprobe, undefined);
  await until('each of the others did something', async () => {
    const { shop, logs, ambassador, backup } = await sceneOf(cast);
    return logs.shipped > 0 && Number(ambassador?.accepted) > 0 && Number(backup?.good) > 0 && Number(shop?.orders) > 0;
  });
  const { attached, netprobe, shop } = await sceneOf(cast);
  assert.deepEqual(attached.netprobe, { admin: '', answers: false, absences: 0 });
  assert.equal(netprobe, undefined);
  assert.equal(shop?.failed, 0);
});
