import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ComposeProject } from '#harness/compose.ts';
import { dockerOutput } from '#harness/docker.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { ordersIn } from './orders.ts';
import type { Scene } from './scene.ts';
import { judgeLines, judgeRestore, judgeTraffic, judgeVisits, type Traffic } from './verdict.ts';

const folder = new URL('.', import.meta.url);
const env = { DEMO_PORT: '0', DEMO_LOGS_PORT: '0', DEMO_BACKUP_PORT: '0', DEMO_AMBASSADOR_PORT: '0', DEMO_NETPROBE_PORT: '0' };
const sidecars = ['app-logs', 'app-ambassador', 'app-backup', 'app-netprobe'];

test('in containers, no line, no request and no order is lost, whoever of the others is killed', needs('docker'), async (t) => {
  const compose = await ComposeProject.up(t, { folder, files: ['compose.sidekick.yaml'], env });
  assert.deepEqual(await compose.changedFrom('compose.yaml'), { app: ['extra_hosts'] }, 'the application is as it was');
  const viewer = await compose.url('viewer', 8080);
  const scene = async (): Promise<Scene> => (await (await fetch(`${viewer}/counts`)).json()) as Scene;

  await until('lines arrived, through a rotation', async () => {
    const { shipped, rotations } = (await scene()).logs;
    return shipped > 500 && rotations > 0;
  });
  assert.match(await (await fetch(viewer)).text(), /<title>Sidekick demo<\/title>/);
  const admins = await Promise.all([
    compose.url('app-logs', 9801),
    compose.url('app-backup', 9802),
    compose.url('app', 9803),
    compose.url('app', 9804),
  ]);
  for (const admin of admins) assert.equal((await fetch(`${admin}/readyz`)).status, 200, admin);
  const metrics = await Promise.all(admins.map(async (admin) => (await fetch(`${admin}/metrics`)).text()));
  assert.match(metrics[0] ?? '', /^sidekick_logs_lines_total\{.*\} [1-9]/m);
  assert.match(metrics[3] ?? '', /^sidekick_netprobe_tcp_listener_queue_limit\{address="0\.0\.0\.0",port="8080"\} [1-9]/m);

  await compose.run('kill', '--signal', 'KILL', 'app-logs');
  const { rotations } = (await scene()).logs;
  await until('the application rotated while the sidecar was away', async () => (await scene()).logs.rotations > rotations);
  await compose.run('start', 'app-logs');
  await until('the sidecar caught up', async () => {
    const { written, shipped } = (await scene()).logs;
    return written - shipped < 500;
  });

  const up = async () => (await scene()).ambassador?.backends.filter(({ state }) => state === 'up').length;
  const instances = (await compose.run('ps', '--quiet', 'stock')).split('\n');
  assert.equal(instances.length, 2);
  for (const instance of instances) {
    await until('both instances are up', async () => (await up()) === 2);
    await dockerOutput('kill', instance);
    await until('one is left', async () => (await up()) === 1);
    const requests = (await scene()).shop?.requests ?? 0;
    await until('the shop goes on', async () => ((await scene()).shop?.requests ?? 0) > requests + 200);
    await dockerOutput('start', instance);
  }

  await compose.run('stop', 'traffic');
  await until('every line arrived', async () => judgeLines((await scene()).logs, 1).ok);
  assert.deepEqual(await compose.exitCodes('traffic'), [0]);
  const [, answered, failed] = /(\d+) requests answered, (\d+) failed/.exec(await compose.run('logs', 'traffic')) ?? [];
  const visits = judgeVisits({ answered: Number(answered), failed: Number(failed), kills: 2 });
  assert.ok(visits.ok, `${visits.line}; the shop said: ${await compose.run('logs', 'app')}`);
  const { shop, netprobe, backup } = await scene();
  assert.equal(shop?.failed, 0);
  assert.ok(Number(backup?.good) > 0, 'backups were made on schedule');
  assert.equal(netprobe?.source, 'netlink');
  await until('the probe has seen what was carried', async () => judgeTraffic(trafficOf(await scene())).ok === true);

  await compose.run('stop', 'app', 'app-backup');
  const beside = temporaryFolder(t);
  chmodSync(beside, 0o777);
  const ask = (...words: string[]) =>
    compose.run('run', '--rm', '--no-deps', '--volume', `${beside}:/beside`, 'app-backup', ...words);
  await ask('now');
  assert.match((await ask('list')).split('\n').at(-1) ?? '', /verified$/);
  assert.match(await ask('restore', '--to', '/beside/restored'), /restored from file:\/\/\/backups/);
  await compose.run('cp', 'app:/var/lib/app', join(beside, 'original'));
  const orders = ordersIn(join(beside, 'original'));
  const restored = judgeRestore({ orders, restored: ordersIn(join(beside, 'restored/var/lib/app')) }, Number(backup?.good));
  assert.ok(restored.ok, restored.line);
  assert.equal(orders.length, shop?.orders);

  await compose.run('stop');
  assert.deepEqual(await compose.exitCodes('app', 'viewer', ...sidecars), [0, 0, 0, 0, 0, 0]);
});

function trafficOf({ ambassador, netprobe }: Scene): Traffic {
  const { sent = null, received = null, opened = 0, retransmitted = null } = netprobe?.stock ?? {};
  assert.ok(sent !== null && received !== null, 'the probe tells bytes');
  const carried = (ambassador?.sent ?? 0) + (ambassador?.received ?? 0);
  return {
    carried,
    seen: sent + received,
    made: ambassador?.accepted ?? 0,
    opened,
    retransmitted,
    lost: netprobe?.lost ?? 0,
    whole: true,
  };
}
