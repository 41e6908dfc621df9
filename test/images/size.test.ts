import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { imageNames } from '../../images/bake.ts';
import { imageSizes } from '../../images/layers.ts';
import { bakeForTests, testImage } from './baked.ts';

test('every image keeps to its budget', needs('docker'), async (t) => {
  await bakeForTests();
  const budget = JSON.parse(readFileSync(new URL('../../images/budget.json', import.meta.url), 'utf8'));
  const sizes = await imageSizes(imageNames.map(testImage));
  for (const [index, { image, gzipped, raw }] of sizes.entries()) {
    const allowed = budget[imageNames[index] ?? ''];
    t.diagnostic(`${image}: ${gzipped} bytes gzipped of ${allowed} allowed, ${raw} unpacked`);
    assert.ok(gzipped <= allowed, `${image} has ${gzipped} bytes gzipped, and images/budget.json allows ${allowed}`);
  }
});
