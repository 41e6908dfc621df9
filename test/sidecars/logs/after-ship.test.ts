// LOGS_AFTER_SHIP: rotated files go when every destination has them, and not before.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { Application, append, compare, exact, scene, settle } from './scene.ts';

for (const action of ['delete', 'truncate'] as const) {
  test(`${action}, with two destinations of which one is down, across a kill: nothing goes before both have it`, async (t) => {
    const late = await Receiver.start(t);
    late.behave = () => 'reset';
    const { receiver, path, folder, start } = await scene(t, 'app.log', {
      LOGS_AFTER_SHIP: action,
      LOGS_LINGER: '300ms',
      LOGS_RESCAN: '100ms',
      LOGS_ADMIN: '127.0.0.1:0',
    });
    const to = { LOGS_TO: `${receiver.url},${late.url}` };
    const app = new Application(path('app.log'));
    const first = start(to);
    for (let generation = 0; generation < 3; generation += 1) {
      app.write(1000);
      await receiver.got(app.written.length);
      app.rotateAll(generation);
    }
    app.write(10);
    await receiver.got(app.written.length);
    await settle();
    const names = ['app.log', 'app.log.1', 'app.log.2', 'app.log.3'];
    assert.deepEqual(readdirSync(folder).toSorted(), names);
    assert.ok(names.every((name) => statSync(path(name)).size > 0));

    await first.stop('SIGKILL');
    const second = start(to);
    await second.admin();
    await settle();
    assert.ok(names.every((name) => statSync(path(name)).size > 0));

    late.behave = () => 200;
    await late.got(app.written.length);
    const left = action === 'delete' ? (name: string) => existsSync(path(name)) : (name: string) => statSync(path(name)).size > 0;
    await until('rotated files are gone', () => !names.slice(1).some(left));
    assert.ok(left('app.log'), 'the file that has its name stays');
    const metrics = await (await fetch(`${await second.admin()}/metrics`)).text();
    assert.match(metrics, /^sidekick_logs_after_ship_files_total 3$/m);
    app.write(10);
    await receiver.got(app.written.length);
    await late.got(app.written.length);
    assert.equal((await second.stop()).code, 0);
    assert.deepEqual(compare(app.written, late.messages), exact);
    assert.deepEqual(compare(app.written, receiver.messages).lost, []);
  });
}

test('rotated every moment while files go: nothing lost, nothing twice, and one file is left', async (t) => {
  const other = await Receiver.start(t);
  const { receiver, path, folder, start } = await scene(t, 'app.log', {
    LOGS_AFTER_SHIP: 'delete',
    LOGS_LINGER: '200ms',
    LOGS_RESCAN: '50ms',
  });
  const app = new Application(path('app.log'));
  app.write(10);
  const sidecar = start({ LOGS_TO: `${receiver.url},${other.url}` });
  await receiver.got(10);
  for (let rotation = 0; rotation < 30; rotation += 1) {
    app.write(100);
    const old = app.rotateAll(rotation);
    app.write(1, old);
    closeSync(old);
    app.write(100);
    await pause(40);
  }
  await receiver.got(app.written.length);
  await other.got(app.written.length);
  await until('one file is left', () => readdirSync(folder).length === 1);
  assert.equal((await sidecar.stop()).code, 0);
  assert.deepEqual([compare(app.written, receiver.messages), compare(app.written, other.messages)], [exact, exact]);
});

test('what is no rotated file of ours stays: other names, links, files with a second name, one with half a line, and what came before us', async (t) => {
  const { receiver, path, folder, start } = await scene(t, 'app.log', {
    LOGS_AFTER_SHIP: 'delete',
    LOGS_LINGER: '300ms',
    LOGS_RESCAN: '100ms',
  });
  append(path('app.log.9'), 'from before the first start\n');
  append(path('app.log.txt'), 'no rotation\n');
  mkdirSync(path('elsewhere'));
  const app = new Application(path('app.log'));
  app.write(100);
  start();
  await receiver.got(100);
  app.rotate(path('app.log.4'));
  linkSync(path('app.log.4'), path('second-name'));
  app.write(100);
  await receiver.got(200);
  app.rotate(path('elsewhere/app.log.3'));
  symlinkSync('elsewhere/app.log.3', path('app.log.3'));
  app.write(100);
  await receiver.got(300);
  app.rotate(path('app.log.1'));
  app.write(1);
  await receiver.got(301);
  await until('the rotated one is gone', () => !existsSync(path('app.log.1')));
  await settle();
  assert.deepEqual(readdirSync(folder).toSorted(), [
    'app.log',
    'app.log.3',
    'app.log.4',
    'app.log.9',
    'app.log.txt',
    'elsewhere',
    'second-name',
  ]);
  assert.ok(existsSync(path('elsewhere/app.log.3')));
});

test('a file of which the beginning was left out stays', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log', {
    LOGS_AFTER_SHIP: 'delete',
    LOGS_START: 'end',
    LOGS_LINGER: '300ms',
    LOGS_RESCAN: '100ms',
  });
  append(path('app.log'), 'never shipped\n');
  const app = new Application(path('app.log'));
  await start().says('started');
  await settle();
  app.write(10);
  await receiver.got(10);
  app.rotateAll(0);
  app.write(10);
  await receiver.got(20);
  app.rotateAll(1);
  app.write(10);
  await receiver.got(30);
  await until('the one that was shipped whole is gone', () => !existsSync(path('app.log.1')));
  await settle();
  assert.ok(existsSync(path('app.log.2')));
});

test('one that was compressed before all of it was read: verify reads what it holds, and it goes', async (t) => {
  const { receiver, path, env, start } = await scene(t, 'app.log', {
    LOGS_READ_GZIP: 'true',
    LOGS_LINGER: '300ms',
    LOGS_RESCAN: '100ms',
  });
  const app = new Application(path('app.log'));
  app.write(1000);
  const first = start();
  await receiver.got(1000);
  await first.stop();
  app.write(500);
  app.rotateAll(0);
  writeFileSync(path('app.log.1.gz'), gzipSync(readFileSync(path('app.log.1'))));
  unlinkSync(path('app.log.1'));
  app.write(10);
  const second = start();
  await receiver.got(1510);
  await settle();
  await second.stop();
  const { code, stdout } = await runSidecar(t, 'logs', env, ['verify', '--json']);
  assert.equal(code, 0);
  const told = JSON.parse(stdout).map(({ lines, verdict, path: where }: Record<string, unknown>) => [lines, verdict, where]);
  assert.deepEqual(told.toSorted(), [
    [10, 'same', path('app.log')],
    // its plain form, as far as that was read
    [1000, 'gone', undefined],
    [1500, 'same', path('app.log.1.gz')],
  ]);
  start({ LOGS_AFTER_SHIP: 'delete' });
  await until('it is gone', () => !existsSync(path('app.log.1.gz')));
  await settle();
  assert.deepEqual(compare(app.written, receiver.messages), exact);
});

test('a rotated file that is still written stays for a while, and its late lines arrive', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log', {
    LOGS_AFTER_SHIP: 'delete',
    LOGS_LINGER: '1s',
    LOGS_RESCAN: '100ms',
  });
  const app = new Application(path('app.log'));
  app.write(10);
  start();
  await receiver.got(10);
  const old = app.rotate(path('app.log.1'));
  let written = 0;
  for (let late = 0; late < 3; late += 1) {
    written = Date.now();
    app.write(1, old);
    await receiver.got(app.written.length);
  }
  await until('it is gone', () => !existsSync(path('app.log.1')));
  assert.ok(Date.now() - written >= 1000);
  assert.deepEqual(compare(app.written, receiver.messages), exact);
});

test('a volume that is read-only: degraded and said once, and shipping goes on', needs('linux', 'root'), async (t) => {
  const volume = temporaryMount(t, 'size=1m');
  const { receiver, start } = await scene(t, 'app.log', {
    LOGS_PATHS: join(volume, 'app.log'),
    LOGS_AFTER_SHIP: 'delete',
    LOGS_LINGER: '300ms',
    LOGS_RESCAN: '100ms',
  });
  const app = new Application(join(volume, 'app.log'));
  app.write(10);
  const first = start({ LOGS_LINGER: '1h' });
  await receiver.got(10);
  closeSync(app.rotate(join(volume, 'app.log.1')));
  app.write(1);
  await receiver.got(11);
  await first.stop();
  app.close();
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', volume]).status, 0);
  const second = start();
  await second.says('LOGS_AFTER_SHIP=delete');
  await settle();
  const said = second.log.filter(({ part, state }) => part === 'after-ship' && state === 'degraded');
  assert.equal(said.length, 1);
  assert.match(String(said[0]?.msg), /app\.log\.1 cannot be deleted: EROFS; mount its volume writable/);
  assert.equal((await second.stop()).code, 0);
});
