import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { bake, imageNames } from '../../images/bake.ts';
import { imageSizes } from '../../images/layers.ts';

test('every image keeps to its budget', needs('docker'), async (t) => {
  await bake({ output: 'pipe' });
  const budget = JSON.parse(readFileSync(new URL('../../images/budget.json', import.meta.url), 'utf8'));
  const sizes = await imageSizes(imageNames.map((name) => `sidekick/${name}`));
  for (const { image, gzipped, raw } of sizes) {
    const allowed = budget[image.replace('sidekick/', '')];
    t.diagnostic(`${image}: ${gzipped} bytes gzipped of ${allowed} allowed, ${raw} unpacked`);
    assert.ok(gzipped <= allowed, `${image} has ${gzipped} bytes gzipped, and images/budget.json allows ${allowed}`);
  }
});
