import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes } from './amounts.ts';

test('an amount of bytes has three digits', () => {
  const said = [0, 7, 999, 1000, 4254, 999_499, 999_500, 1_020_000, 7e9, 2e12].map(bytes);
  assert.deepEqual(said, ['0 B', '7 B', '999 B', '1.00 kB', '4.25 kB', '999 kB', '1.00 MB', '1.02 MB', '7.00 GB', '2.00 TB']);
});
