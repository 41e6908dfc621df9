import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers } from '#shared/page/numbers.ts';

const { count, bytes, brief, long } = numbers();

test('numbers as a person reads them', () => {
  const few = [0, 0.04, 0.4, 7, 9.96, 37, 999, 1000, 1250, 12_345, 999_499, 999_500, 3.4e6, 2e9, 5e15];
  const written = ['0', '0.04', '0.4', '7', '10', '37', '999', '1.0k', '1.3k', '12k', '999k', '1.0M', '3.4M', '2.0G', '5000T'];
  assert.deepEqual(few.map(count), written);
  const sizes = [0, 0.6, 512, 999.6, 1400, 2.1e9, 1e15];
  assert.deepEqual(sizes.map(bytes), ['0 B', '1 B', '512 B', '1.0 kB', '1.4 kB', '2.1 GB', '1.0 PB']);
  assert.deepEqual([0.00032, 0.045, 0.9994, 0.9995, 12].map(brief), ['0.3 ms', '45 ms', '999 ms', '1.0 s', '12 s']);
  const times = [0.4, 59, 60, 61, 3600, 7500, 86_400, 90_000, 86_400 * 4 + 60];
  const told = ['0 s', '59 s', '1 min', '1 min', '1 h', '2 h 5 min', '1 d', '1 d 1 h', '4 d'];
  assert.deepEqual(times.map(long), told);
});
