import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostBytes, partMemory, partSize } from '#shared/s3/part-size.ts';

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

test('parts on their way are fewer the larger they are, so that all take no more than 64 MiB; what settings ask for they get', () => {
  const held = (size: number, inFlight = 2, least = 8) => {
    const { bytes, ...rest } = partMemory(size * mebibyte, least * mebibyte, inFlight);
    return [rest.inFlight, bytes / mebibyte, rest.tooMuch];
  };
  assert.deepEqual(held(8), [2, 24, false]);
  assert.deepEqual(held(16), [2, 48, false]);
  assert.deepEqual(held(24), [1, 48, false]);
  assert.deepEqual(held(32), [1, 64, false]);
  assert.deepEqual(held(33), [1, 66, true]);
  assert.deepEqual(held(8, 16), [16, 136, false]);
  assert.deepEqual(held(64, 2, 64), [2, 192, false]);
  assert.deepEqual(held(128, 2, 64), [1, 256, true]);
});

test('what is expected fits into that memory up to 200 GiB', () => {
  for (const expected of [1, 60, 100, 199, 200]) {
    const size = partSize(1, 8 * mebibyte, expected * gibibyte);
    assert.equal(partMemory(size, 8 * mebibyte, 2).tooMuch, false, `${expected} GiB`);
    assert.equal(partSize(8000, 8 * mebibyte, expected * gibibyte), size, 'to the end');
  }
  assert.ok(mostBytes > 5 * tebibyte);
});
