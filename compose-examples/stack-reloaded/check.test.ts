import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser } from '#harness/browser.ts';
import { ComposeProject } from '#harness/compose.ts';
import { dockerOutput } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import type { View } from './samples.ts';

const folder = new URL('.', import.meta.url);
const env = { WEBUI_PORT: '0', PROBE_PORT: '0' };
const count = "fetch('http://127.0.0.1/count').then((answer) => answer.text()).then((text) => console.log(text))";

/** How often each replica of a service was asked, the first one first. */
async function asked(compose: ComposeProject, service: string): Promise<number[]> {
  const containers = (await compose.run('ps', '--quiet', service)).split('\n');
  const counts = await Promise.all(containers.map((id) => dockerOutput('exec', id, 'node', '--eval', count)));
  return counts.map(Number);
}

/** Waits until so many more hashes are made, and webui shows that some are made each second. */
async function mines(compose: ComposeProject, more: number): Promise<void> {
  const view = async () => (await (await fetch(`${await compose.url('webui', 80)}/json`)).json()) as View;
  const goal = (await view()).hashes + more;
  await until(`${more} more hashes are made`, async () => {
    const { hashes, perSecond } = await view();
    return hashes >= goal && (perSecond.at(-1) ?? 0) > 0;
  });
}

async function errors(compose: ComposeProject): Promise<string[]> {
  const said = await compose.run('logs', '--no-log-prefix', 'worker');
  // compose takes the lines of two containers in an order of its own
  return said
    .split('\n')
    .filter((line) => line.startsWith('error'))
    .sort();
}

test('the stack works without sidecars, and its links lead to one replica', needs('docker'), async (t) => {
  const compose = await ComposeProject.up(t, { folder, env });
  await mines(compose, 50);
  assert.deepEqual((await asked(compose, 'rng')).map((times) => times > 0).sort(), [false, true]);

  await t.test('its page shows how many hashes are made', needs('chromium'), async (t) => {
    const page = await Browser.open(t, await compose.url('webui', 80));
    await until('the page shows a rate', async () => /mining(.|\n)*Now\n[1-9]/.test(await page.text()));
    assert.deepEqual(page.complaints, []);
  });
});

test('with sidecars every replica works, those that come later and those that stay', needs('docker'), async (t) => {
  const compose = await ComposeProject.up(t, { folder, files: ['compose.sidekick.yaml'], env });
  assert.deepEqual(await compose.changedFrom('compose.yaml'), {
    webui: ['extra_hosts'],
    worker: ['depends_on', 'links', 'extra_hosts'],
  });
  await mines(compose, 50);
  for (const service of ['rng', 'hasher'])
    await until(`both of ${service} are asked`, async () => (await asked(compose, service)).every((times) => times > 0));

  await compose.run('up', '--wait', '--no-recreate', '--scale', 'rng=3');
  await until('all three of rng are asked', async () => {
    const counts = await asked(compose, 'rng');
    return counts.length === 3 && counts.every((times) => times > 0);
  });

  const [first = ''] = (await compose.run('ps', '--quiet', 'rng')).split('\n');
  await dockerOutput('kill', first);
  await mines(compose, 50);
  const before = await errors(compose);
  await mines(compose, 150);
  assert.deepEqual(await errors(compose), before);

  await until('the access log is shipped', async () => (await compose.run('logs', 'webui-logs')).includes('GET /json 200'));
  const netprobe = await compose.url('webui', 9804);
  await until('webui is checked from within', async () =>
    (await (await fetch(`${netprobe}/metrics`)).text()).includes('_check_success{check="http://localhost/json"} 1'),
  );
});

test('sidecars come up by a second file over the first, too', needs('docker'), async (t) => {
  const compose = await ComposeProject.up(t, { folder, files: ['compose.yaml', 'compose.sidekick.yaml'], env });
  await mines(compose, 50);
  await until('both of rng are asked', async () => (await asked(compose, 'rng')).every((times) => times > 0));
});
