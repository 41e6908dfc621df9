import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../../sidecars/netprobe/checks/milliseconds.ts';

test('times are written as ping writes them', () => {
  for (const [seconds, expected] of [
    [0.0000451, '0.05 ms'],
    [0.00041, '0.41 ms'],
    [0.009994, '9.99 ms'],
    [0.009996, '10.0 ms'],
    [0.02344, '23.4 ms'],
    [1.503, '1503.0 ms'],
    [undefined, '-'],
  ] as const)
    assert.equal(milliseconds(seconds), expected);
});
