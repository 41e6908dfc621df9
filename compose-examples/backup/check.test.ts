import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComposeProject } from '#harness/compose.ts';
import { Container, dockerOutput } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';

const folder = new URL('.', import.meta.url);
const project = ['compose.sidekick.yaml', 'restore.yaml'];
const env = { APP_PORT: '0', ADMIN_PORT: '0', SCHEDULE: '* * * * * *' };
const files = ['exec', '-T', 'app', 'sh', '-c', 'cd /var/lib/notes && ls -ln key texts && cat texts/*'];

test('a notebook whose volume is gone comes back as it was', needs('docker'), async (t) => {
  const compose = await ComposeProject.up(t, { folder, files: project, env });
  assert.deepEqual(await compose.changedFrom('compose.yaml'), {});
  const app = await compose.url('app', 8080);
  for (const title of ['milk', 'bread', 'a thought'])
    assert.equal((await fetch(`${app}/${title}`, { method: 'POST', body: `about ${title}\n` })).status, 201);
  const before = { said: await (await fetch(app)).json(), files: await compose.run(...files) };

  const written = Date.now();
  const admin = await compose.url('app-backup', 9802);
  await until('all of it is saved', async () => {
    const { lastGood } = (await (await fetch(`${admin}/status`)).json()) as { lastGood: { started: string } | null };
    return lastGood !== null && Date.parse(lastGood.started) > written;
  });

  const { Mounts } = await new Container(await compose.run('ps', '--quiet', 'app')).inspect();
  await compose.run('stop', 'app-backup', 'app');
  assert.deepEqual(await compose.exitCodes('app-backup', 'app'), [0, 0]);
  await compose.run('down');
  await dockerOutput('volume', 'rm', Mounts.find(({ Destination }) => Destination === '/var/lib/notes')?.Name ?? '');

  assert.match(await compose.run('run', '--rm', 'restore'), /restored from \S+ to \//);
  await compose.run('up', '--wait');
  const after = { said: await (await fetch(await compose.url('app', 8080))).json(), files: await compose.run(...files) };
  assert.deepEqual(after, before);
});
