import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { keep } from '../../../../sidecars/backup/retention/keep.ts';

const nothing = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, within: 0 };

describe('rules are read', () => {
  for (const [text, rules] of [
    ['last=3', { last: 3 }],
    ['last=3,daily=7,weekly=4,monthly=12,yearly=3', { last: 3, daily: 7, weekly: 4, monthly: 12, yearly: 3 }],
    [' yearly = 3 ,\n hourly=24,', { yearly: 3, hourly: 24 }],
    ['within=30d', { within: 30 * 86_400_000 }],
    ['last=0,within=1h30m', { within: 5_400_000 }],
  ] as const)
    test(text, () => {
      const value = keep.parse(text);
      assert.deepEqual(value, { ...nothing, ...rules });
      assert.deepEqual(keep.parse(keep.format(value)), value);
    });

  test('from several flags', () =>
    assert.deepEqual(keep.parse(keep.join?.(['last=1', 'daily=2']) ?? ''), { ...nothing, last: 1, daily: 2 }));
});

describe('rules are refused', () => {
  for (const [text, problem] of [
    ['', /^keeps nothing; let one rule be above 0/],
    ['last=0,daily=0', /^keeps nothing/],
    ['within=0', /^keeps nothing/],
    ['7', /^has 7, which is no rule; write daily=7$/],
    ['=7', /^has =7, which is no rule/],
    ['dayly=7', /^has an unknown rule, dayly; did you mean daily\?$/],
    ['centennially=7', /^has an unknown rule, centennially; known are last, hourly, .*, within$/],
    ['daily=7,daily=8', /^names daily twice/],
    ['daily=-1', /^has the rule daily=-1, of which the value is too small: the least is 0$/],
    ['daily=x', /^has the rule daily=x, of which the value is not a whole number$/],
    ['daily=', /^has the rule daily=, of which the value is not a whole number$/],
    ['within=30', /^has the rule within=30, of which the value needs a unit/],
  ] as const)
    test(JSON.stringify(text), () => assert.throws(() => keep.parse(text), { name: 'Invalid', message: problem }));
});
