import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { expenses } from '../../images/budget.ts';
import { bakeForTests, testTag } from './baked.ts';

test('every image keeps to its budget', needs('docker'), async (t) => {
  await bakeForTests();
  for (const { what, gzipped, raw, allowed } of await expenses(testTag)) {
    t.diagnostic(`${what}: ${gzipped} bytes gzipped of ${allowed} allowed, ${raw} unpacked`);
    assert.ok(gzipped <= allowed, `${what} has ${gzipped} bytes gzipped, and images/budget.json allows ${allowed}`);
  }
});
