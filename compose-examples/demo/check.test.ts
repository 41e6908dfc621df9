import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import type { Snapshot } from './arrivals.ts';
import { judge } from './verdict.ts';

test('in containers every line arrives, through rotations and a kill of the sidecar', needs('docker'), async (t) => {
  const compose = await bringUp(t);
  const viewer = `http://${await compose('port', 'viewer', '8080')}`;
  const admin = `http://${await compose('port', 'logs', '9801')}`;
  const counts = async (): Promise<Snapshot> => (await (await fetch(`${viewer}/counts`)).json()) as Snapshot;

  await until('lines arrived, through a rotation', async () => {
    const { shipped, rotations } = await counts();
    return shipped > 500 && rotations > 0;
  });
  assert.match(await (await fetch(viewer)).text(), /<title>Sidekick demo<\/title>/);
  assert.match(await (await fetch(`${admin}/metrics`)).text(), /^sidekick_logs_lines_total\{.*\} [1-9]/m);
  assert.equal((await fetch(`${admin}/readyz`)).status, 200);

  await compose('kill', '--signal', 'KILL', 'logs');
  const { rotations } = await counts();
  await until('the application rotated while the sidecar was away', async () => (await counts()).rotations > rotations);
  await compose('start', 'logs');
  await until('the sidecar caught up', async () => {
    const { written, shipped } = await counts();
    return written - shipped < 500;
  });

  await compose('stop', 'traffic');
  await until('every line arrived', async () => judge(await counts(), 1).ok);
  assert.deepEqual(await exitCodes(compose, 'traffic'), [0]);
  await compose('stop');
  assert.deepEqual(await exitCodes(compose, 'app', 'logs', 'viewer'), [0, 0, 0]);
});

type Compose = (...args: string[]) => Promise<string>;

/** Builds and starts compose.yaml as a project of its own with free ports; it goes with the test, and its images and volumes with it. */
async function bringUp(t: TestContext): Promise<Compose> {
  const project = `sidekick-demo-${randomUUID().slice(0, 8)}`;
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const env = { ...process.env, TAG: project, VERSION: version, DEMO_PORT: '0', DEMO_ADMIN_PORT: '0' };
  const file = fileURLToPath(new URL('compose.yaml', import.meta.url));
  const docker = async (...args: string[]) => (await promisify(execFile)('docker', args, { env })).stdout.trim();
  const compose: Compose = (...args) =>
    docker('compose', '--file', file, '--project-name', project, '--progress', 'quiet', ...args);
  t.after(async () => {
    await compose('down', '--volumes', '--timeout', '2');
    const images = await docker('images', '--quiet', '--filter', `label=com.docker.compose.project=${project}`);
    if (images !== '') await docker('rmi', '--force', ...new Set(images.split('\n')));
  });
  const begun = performance.now();
  await compose('up', '--build', '--wait');
  t.diagnostic(`docker compose up --build --wait took ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return compose;
}

async function exitCodes(compose: Compose, ...services: string[]): Promise<number[]> {
  const states = await Promise.all(services.map((service) => compose('ps', '--all', '--format', 'json', service)));
  return states.map((state) => JSON.parse(state).ExitCode);
}
