import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComposeProject } from '#harness/compose.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Visitor } from './visitor.ts';

const folder = new URL('.', import.meta.url);
const files = ['compose.sidekick.yaml'];
const env = { APP_PORT: '0', ADMIN_PORT: '0' };

test('an application at localhost:6379 goes on while one of two Redis servers is killed', needs('docker'), async (t) => {
  const compose = await ComposeProject.up(t, { folder, files, env });
  assert.deepEqual(await compose.changedFrom('compose.yaml'), {});
  const app = await compose.url('app', 8080);
  const admin = await compose.url('app', 9803);
  const up = async () => [...(await (await fetch(`${admin}/metrics`)).text()).matchAll(/^\w+_backend_up\{.*\} 1$/gm)].length;
  const visitor = new Visitor(t, app);
  await visitor.uses(2);

  await compose.run('kill', 'redis-1');
  await visitor.uses(1);
  await until('its check takes it out', async () => (await up()) === 1);
  assert.equal((await fetch(`${admin}/readyz`)).status, 200);

  await compose.run('start', 'redis-1');
  await until('it is back', async () => (await up()) === 2);
  await compose.run('kill', 'redis-2');
  await visitor.goesOn(100);
  await visitor.uses(1);

  await compose.run('kill', 'redis-1');
  await until('nothing is left', async () => (await up()) === 0);
  await until('a visitor waits', async () => /_waiting\{.*\} [1-9]/.test(await (await fetch(`${admin}/metrics`)).text()));
  await compose.run('start', 'redis-1');
  await visitor.goesOn(100);

  assert.deepEqual(await visitor.leave(), []);
  await compose.run('stop', 'app');
  await compose.run('stop', 'app-ambassador');
  assert.deepEqual(await compose.exitCodes('app-ambassador', 'app'), [0, 0]);
});

test('servers that compose scales to 3 and back are found and left', needs('docker'), async (t) => {
  const flags = ['--scale', 'redis=1'];
  const compose = await ComposeProject.up(t, { folder, files: [...files, 'scaled.yaml'], env, flags });
  const visitor = new Visitor(t, await compose.url('app', 8080));
  const backends = async () => {
    const answer = await fetch(`${await compose.url('app', 9803)}/status`);
    const { routes } = (await answer.json()) as { routes: { backends: { state: string }[] }[] };
    return routes.flatMap((route) => route.backends.map(({ state }) => state));
  };
  await visitor.uses(1);
  await compose.run('up', '--wait', '--no-recreate', '--scale', 'redis=3');
  await until('three are up', async () => (await backends()).join() === 'up,up,up');
  await compose.run('up', '--wait', '--no-recreate', '--scale', 'redis=1');
  await until('one is left', async () => (await backends()).join() === 'up');
  await visitor.goesOn(100);
  assert.deepEqual(await visitor.leave(), []);
});
