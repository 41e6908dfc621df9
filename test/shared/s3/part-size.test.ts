import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partSize } from '#shared/s3/part-size.ts';

const [mebibyte, gibibyte, tebibyte] = [2 ** 20, 2 ** 30, 2 ** 40];
const numbers = Array.from({ length: 10_000 }, (_, index) => index + 1);

function capacity(least: number, expected?: number, parts = 10_000): number {
  return numbers.slice(0, parts).reduce((sum, number) => sum + partSize(number, least, expected), 0);
}

test('ten thousand parts reach 5 TiB, and none is larger than S3 takes', () => {
  assert.ok(capacity(8 * mebibyte) >= 5 * tebibyte);
  for (const expected of [0, 1, 5 * tebibyte])
    for (const number of numbers) assert.ok(partSize(number, 8 * mebibyte, expected) <= 5 * gibibyte);
});

test('parts never get smaller, and the first 31 GiB come in the least ones', () => {
  for (const number of numbers.slice(1)) assert.ok(partSize(number, 8 * mebibyte) >= partSize(number - 1, 8 * mebibyte));
  assert.equal(capacity(8 * mebibyte, 0, 4000), 31.25 * gibibyte);
  assert.equal(partSize(4000, 8 * mebibyte), 8 * mebibyte);
  assert.equal(partSize(4001, 8 * mebibyte), 16 * mebibyte);
});

test('what is expected fits into parts of one size, with a quarter to spare', () => {
  for (const expected of [1, gibibyte, 50 * gibibyte, 100 * gibibyte, tebibyte, 5 * tebibyte]) {
    const size = partSize(1, 8 * mebibyte, expected);
    assert.ok(size * 8000 >= 1.25 * expected);
    assert.equal(partSize(8000, 8 * mebibyte, expected), size);
    assert.ok(size === 8 * mebibyte || size * 8000 < 1.25 * expected + 8000 * mebibyte, 'no larger than it has to be');
  }
  assert.ok(capacity(8 * mebibyte, 100 * gibibyte) > tebibyte, 'also where it was far too little');
});
