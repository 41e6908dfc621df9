import assert from 'node:assert/strict';
import { test } from 'node:test';
import { docker, dockerOutput } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { bake, imageNames } from '../../images/bake.ts';

test('two cold builds give the same image ids', needs('docker'), async (t) => {
  const first = await coldBuild('test-cold-1');
  const second = await coldBuild('test-cold-2');
  assert.deepEqual(second, first);

  async function coldBuild(tag: string): Promise<Record<string, string>> {
    const images = imageNames.map((name) => `sidekick/${name}:${tag}`);
    t.after(() => docker('rmi', '--force', ...images));
    const begun = performance.now();
    await bake({ variables: { TAG: tag }, flags: ['--no-cache'], output: 'pipe' });
    t.diagnostic(`${tag}: built in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    const ids = await dockerOutput('image', 'inspect', '--format', '{{.Id}}', ...images);
    return Object.fromEntries(imageNames.map((name, index) => [name, ids.split('\n')[index] ?? '']));
  }
});
