import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PerSecond } from './per-second.ts';

test('what happened is counted in the second in which it happened, and the running second is left out', () => {
  const perSecond = new PerSecond(4);
  perSecond.add(1, 10_000);
  perSecond.add(2, 10_999);
  perSecond.add(5, 12_500);
  perSecond.add(9, 13_000);
  assert.deepEqual(perSecond.before(13_100), [0, 3, 0, 5]);
  assert.deepEqual(perSecond.before(15_000), [0, 5, 9, 0]);
});

test('old seconds are forgotten', () => {
  const perSecond = new PerSecond(2);
  perSecond.add(1, 0);
  perSecond.add(1, 60_000);
  assert.deepEqual(perSecond.before(2000), [0, 0]);
  assert.deepEqual(perSecond.before(61_000), [0, 1]);
});
