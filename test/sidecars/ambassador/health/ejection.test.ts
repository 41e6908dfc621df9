import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ejection, type EjectionPolicy } from '../../../../sidecars/ambassador/health/ejection.ts';

const policy: EjectionPolicy = { eject: 3, ejectTime: 10, ejectMax: 60 };
const both = [1, 2];

/** What happens to backends at some time: `10 fail 1 3` is three failures of backend 1, `12 ok 1`, and `15 out 1 2` says which are out then. */
type Step = readonly [time: number, what: 'fail' | 'ok' | 'out' | 'settle', ...numbers: number[]];

function play(steps: readonly Step[], candidates: readonly number[] = both, how: EjectionPolicy = policy): void {
  const ejection = new Ejection(how);
  for (const [time, what, ...numbers] of steps) {
    const [id = 0, count = 1] = numbers;
    if (what === 'fail') ejection.failed(id, count, time, candidates);
    if (what === 'ok') ejection.succeeded(id, time);
    if (what === 'settle') ejection.settle(numbers, time);
    if (what !== 'out') continue;
    const out = [1, 2, 3].filter((known) => ejection.isOut(known, time));
    assert.deepEqual(out, numbers, `out at ${time}`);
  }
}

describe('Ejection', () => {
  const cases: Record<string, { steps: readonly Step[]; candidates?: readonly number[]; policy?: EjectionPolicy }> = {
    'so many failures in a row': {
      steps: [
        [0, 'fail', 1],
        [1, 'fail', 1],
        [1, 'out'],
        [2, 'fail', 1],
        [2, 'out', 1],
        [11, 'out', 1],
        [12, 'out'],
      ],
    },
    'so many at once': {
      steps: [
        [0, 'fail', 1, 5],
        [9, 'out', 1],
        [10, 'out'],
      ],
    },
    'a success between them begins the count anew': {
      steps: [
        [0, 'fail', 1, 2],
        [1, 'ok', 1],
        [2, 'fail', 1, 2],
        [2, 'out'],
        [3, 'fail', 1],
        [3, 'out', 1],
      ],
    },
    'a success of another one does not': {
      steps: [
        [0, 'fail', 1, 2],
        [1, 'ok', 2],
        [2, 'fail', 1],
        [2, 'out', 1],
      ],
    },
    'twice as long each time, up to the longest': {
      steps: [
        [0, 'fail', 1, 3],
        [10, 'fail', 1, 3],
        [29, 'out', 1],
        [30, 'out'],
        [30, 'fail', 1, 3],
        [69, 'out', 1],
        [70, 'fail', 1, 3],
        [129, 'out', 1],
        [130, 'out'],
        [130, 'fail', 1, 3],
        [189, 'out', 1],
        [190, 'out'],
      ],
    },
    'failures and successes of connections that were begun before it was left out say nothing': {
      steps: [
        [0, 'fail', 1, 3],
        [1, 'fail', 1, 30],
        [2, 'ok', 1],
        [9, 'out', 1],
        [10, 'out'],
        [10, 'fail', 1, 2],
        [10, 'out'],
        [11, 'fail', 1],
        [30, 'out', 1],
      ],
    },
    'the growth is forgotten after it did well for as long as it was out': {
      steps: [
        [0, 'fail', 1, 3],
        [10, 'fail', 1, 3],
        [31, 'ok', 1],
        [50, 'fail', 1, 3],
        [59, 'out', 1],
        [60, 'out'],
      ],
    },
    'not a moment before': {
      steps: [
        [0, 'fail', 1, 3],
        [10, 'fail', 1, 3],
        [31, 'ok', 1],
        [49, 'fail', 1],
        [50, 'fail', 1, 2],
        [89, 'out', 1],
        [90, 'out'],
      ],
    },
    'nor where it never had a success': {
      steps: [
        [0, 'fail', 1, 3],
        [1000, 'fail', 1, 3],
        [1019, 'out', 1],
        [1020, 'out'],
      ],
    },
    'a few failures meanwhile are well enough': {
      steps: [
        [0, 'fail', 1, 3],
        [12, 'ok', 1],
        [14, 'fail', 1, 2],
        [15, 'ok', 1],
        [20, 'fail', 1, 3],
        [29, 'out', 1],
        [30, 'out'],
      ],
    },
    'where all would be out none is, and none will be for a while': {
      steps: [
        [0, 'fail', 1, 3],
        [4, 'out', 1],
        [5, 'fail', 2, 3],
        [5, 'out'],
        [6, 'fail', 1, 30],
        [7, 'out'],
        [14, 'fail', 2, 30],
        [14, 'out'],
        [15, 'fail', 1, 2],
        [15, 'out'],
        [16, 'fail', 1],
        [25, 'out', 1],
        [26, 'out'],
      ],
    },
    'a single one is never out': {
      candidates: [1],
      steps: [
        [0, 'fail', 1, 30],
        [0, 'out'],
        [10, 'fail', 1, 30],
        [10, 'out'],
      ],
    },
    'one that is out comes back where the others are lost by other means': {
      steps: [
        [0, 'fail', 1, 3],
        [1, 'settle', 1, 2],
        [1, 'out', 1],
        [2, 'settle', 1],
        [2, 'out'],
      ],
    },
    'without any candidate nothing changes': {
      steps: [
        [0, 'fail', 1, 3],
        [1, 'settle'],
        [1, 'out', 1],
      ],
    },
    'two of three may be out': {
      candidates: [1, 2, 3],
      steps: [
        [0, 'fail', 1, 3],
        [0, 'fail', 3, 3],
        [1, 'out', 1, 3],
        [2, 'fail', 2, 3],
        [2, 'out'],
      ],
    },
    'off leaves none out': {
      policy: { ...policy, eject: undefined },
      steps: [
        [0, 'fail', 1, 1000],
        [0, 'out'],
      ],
    },
  };
  for (const [what, { steps, candidates, policy: how }] of Object.entries(cases)) test(what, () => play(steps, candidates, how));

  test('what it tells: how long, until when, and when the next one comes back', () => {
    const ejection = new Ejection(policy);
    assert.equal(ejection.failed(1, 3, 100, [1, 2, 3]), 10);
    assert.equal(ejection.failed(1, 3, 101, [1, 2, 3]), undefined, 'it is out already');
    assert.equal(ejection.failed(2, 3, 105, [1, 2, 3]), 10);
    assert.equal(ejection.until(2, 105), 115);
    assert.equal(ejection.next(105), 110);
    assert.equal(ejection.next(110), 115);
    assert.equal(ejection.next(115), undefined);
    assert.equal(ejection.failed(3, 3, 109, [1, 2, 3]), undefined, 'it would have been the last one');
  });

  test('a policy that changes: off brings all back, a forgotten one begins anew', () => {
    const ejection = new Ejection(policy);
    ejection.failed(1, 3, 0, both);
    ejection.policy = { ...policy, eject: undefined };
    assert.equal(ejection.isOut(1, 1), false);
    ejection.policy = policy;
    assert.equal(ejection.isOut(1, 1), true);
    ejection.forget(1);
    assert.equal(ejection.isOut(1, 1), false);
    assert.equal(ejection.failed(1, 3, 10, both), 10);
  });
});
