import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from './tally.ts';

test('numbers that did not arrive are named as stretches, whatever the order of the others', () => {
  const tally = tallyOf(9, 3, 1, 4, 10);
  assert.deepEqual(tally.missing(12), [
    [2, 2],
    [5, 8],
    [11, 12],
  ]);
  assert.deepEqual(tally.missing(12, 2), [
    [2, 2],
    [5, 8],
  ]);
  tally.add(2);
  assert.deepEqual(tally.missing(10), [[5, 8]]);
  assert.deepEqual(tally.missing(4), []);
});

test('a number that comes again is a duplicate, and no other number', () => {
  const tally = tallyOf(1, 2, 2, 2, 1, 3);
  assert.equal(tally.different, 3);
  assert.equal(tally.duplicates, 3);
});

test('numbers above the last one are counted', () => {
  const tally = tallyOf(1, 2, 5, 7);
  assert.equal(tally.beyond(2), 2);
  assert.equal(tally.beyond(7), 0);
});

test('it grows to a million and forgets none', () => {
  const tally = new Tally();
  for (let number = 1; number <= 1_000_000; number += 1) if (number !== 500_000) tally.add(number);
  assert.equal(tally.different, 999_999);
  assert.deepEqual(tally.missing(1_000_000), [[500_000, 500_000]]);
});

test('what is no number of a line is refused', () => {
  for (const number of [0, -1, 1.5, Number.NaN, 2 ** 32]) assert.throws(() => new Tally().add(number), RangeError);
});

function tallyOf(...numbers: number[]): Tally {
  const tally = new Tally();
  for (const number of numbers) tally.add(number);
  return tally;
}
