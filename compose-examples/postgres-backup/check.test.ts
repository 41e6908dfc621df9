import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComposeProject } from '#harness/compose.ts';
import { Container, dockerOutput } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';

const folder = new URL('.', import.meta.url);
const files = ['compose.sidekick.yaml', 'restore.yaml'];
const env = { APP_PORT: '0', ADMIN_PORT: '0', SCHEDULE: '* * * * * *' };

/** What `/status` tells that matters here. */
interface Status {
  readonly lastGood: { readonly started: string; readonly databases: readonly { readonly source: string }[] } | null;
  readonly lastDrill: { readonly outcome: string; readonly tables: number; readonly checksums: boolean } | null;
}

test('a guest book whose database is gone comes back as it was, and a drill had said so', needs('docker'), async (t) => {
  const compose = await ComposeProject.up(t, { folder, files, env });
  assert.deepEqual(await compose.changedFrom('compose.yaml'), {});
  const app = await compose.url('app', 8080);
  for (const name of ['Ada', 'Grace', "d'Alembert"]) {
    const answer = await fetch(`${app}/${encodeURIComponent(name)}`, { method: 'POST', body: `${name} was here` });
    assert.equal(answer.status, 201, await answer.text());
  }
  const before = await (await fetch(app)).json();

  const written = Date.now();
  const admin = await compose.url('db-backup', 9802);
  const status = async () => (await (await fetch(`${admin}/status`)).json()) as Status;
  await until('all of it is saved', async () => Date.parse((await status()).lastGood?.started ?? '') > written);
  const { lastGood, lastDrill } = await status();
  assert.deepEqual(
    lastGood?.databases.map(({ source }) => source),
    ['postgres://db:5432/app'],
  );
  assert.deepEqual([lastDrill?.outcome, lastDrill?.tables, lastDrill?.checksums], ['proven', 1, true]);
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  assert.match(metrics, /^sidekick_backup_drill_success 1$/m);

  const scratch = "SELECT count(*) FROM pg_database WHERE datname LIKE 'sidekick%'";
  const psql = ['psql', '--host=127.0.0.1', '--username=postgres', '--no-align', '--tuples-only', '--command', scratch];
  await compose.run('stop', 'db-backup', 'app');
  assert.deepEqual(await compose.exitCodes('db-backup', 'app'), [0, 0]);
  assert.equal(await compose.run('exec', '-T', '-e', 'PGPASSWORD=of the superuser', 'db', ...psql), '0', 'drills leave nothing');

  const { Mounts } = await new Container(await compose.run('ps', '--quiet', 'db')).inspect();
  await compose.run('rm', '--force', '--stop', 'db');
  await dockerOutput('volume', 'rm', Mounts.find(({ Destination }) => Destination.endsWith('/data'))?.Name ?? '');
  const restored = await compose.run('run', '--rm', 'restore');
  assert.match(
    restored,
    /postgres:\/\/db:5432\/app restored to postgres:\/\/db:5432\/app .* as it was saved, by rows and checksums/,
  );
  await compose.run('up', '--wait', 'app');
  const again = await compose.url('app', 8080);
  assert.deepEqual(await (await fetch(again)).json(), before);
  const next = await fetch(`${again}/Emmy`, { method: 'POST', body: 'and I' });
  assert.equal(((await next.json()) as { id: number }).id, 4, 'numbers go on where they were');
});
