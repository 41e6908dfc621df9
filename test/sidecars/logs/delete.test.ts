// Deleted files: what they hold is shipped, then the disk space is given back. More of it is in traps/sinks.ts.
import assert from 'node:assert/strict';
import { renameSync, unlinkSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { needs } from '#harness/needs.ts';
import { openPaths } from '#harness/proc.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import { Application, append, compare, exact, scene, settle } from './scene.ts';
import { pidOf } from './traps/trap.ts';

/** Paths of the deleted files that a process holds open. */
function deletedFilesOf(sidecar: SidecarProcess): string[] {
  return openPaths(pidOf(sidecar)).filter((path) => path.endsWith(' (deleted)'));
}

for (const openFiles of [1, 64]) {
  test(
    `written and deleted fifteen times, each at another moment after it was seen, under a slow sink (LOGS_OPEN_FILES=${openFiles})`,
    needs('linux'),
    async (t) => {
      const { receiver, path, start } = await scene(t, '*.log', {
        LOGS_BATCH_BYTES: '16Ki',
        LOGS_RESCAN: '100ms',
        LOGS_LINGER: '300ms',
        LOGS_OPEN_FILES: String(openFiles),
      });
      receiver.delay = 5;
      const random = seeded(t);
      const sidecar = start();
      const written: string[] = [];
      for (let round = 0; round < 15; round += 1) {
        const app = new Application(path(`app${round}.log`));
        app.write(1 + random.below(random.next() < 0.2 ? 2000 : 100));
        // one that is closed, because it was shipped and others were to be open, is safe as well
        const isSafe = () => opens(sidecar, app.path) || receiver.messages.includes(app.written.at(-1) ?? '');
        await until('it was seen', isSafe);
        await pause(random.below(60));
        if (random.next() < 0.5) app.write(1 + random.below(200));
        await until('it was seen', isSafe);
        const name = random.next() < 0.3 ? `${app.path}.1` : app.path;
        if (name !== app.path) renameSync(app.path, name);
        unlinkSync(name);
        // nobody can read what is written to a deleted file that was closed
        if (openFiles > 15 && random.next() < 0.5) app.write(1 + random.below(50));
        app.close();
        written.push(...app.written);
      }
      await receiver.got(written.length);
      await until('the deleted files are closed', () => deletedFilesOf(sidecar).length === 0);
      assert.deepEqual(compare(written, receiver.messages), exact);
    },
  );
}

test('lines written to a file after it was deleted', async (t) => {
  const { receiver, path, start } = await scene(t);
  const app = new Application(path('app.log'));
  app.write(10);
  start();
  await receiver.got(10);
  unlinkSync(path('app.log'));
  app.write(10);
  await receiver.got(20);
  app.write(10);
  await receiver.got(30);
  assert.deepEqual(compare(app.written, receiver.messages), exact);
});

test('the same content deleted and made again, many times', async (t) => {
  const { receiver, path, start } = await scene(t);
  const lines = Array.from({ length: 300 }, (_, index) => `the same line ${index} every time`);
  start();
  for (let round = 1; round <= 10; round += 1) {
    append(path('app.log'), `${lines.join('\n')}\nround ${round}\n`);
    await until(`round ${round} arrived`, () => receiver.messages.includes(`round ${round}`));
    unlinkSync(path('app.log'));
  }
  await settle();
  assert.equal(receiver.messages.length, 10 * 301);
});

/** Whether it has the file open that stands under this name. */
function opens(sidecar: SidecarProcess, path: string): boolean {
  return openPaths(pidOf(sidecar)).includes(path);
}

test('LOGS_MAX_PINNED gives up the oldest deleted file, says so and counts it', needs('linux'), async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', {
    LOGS_MAX_PINNED: '2M',
    LOGS_BATCH_BYTES: '16Ki',
    LOGS_ADMIN: '127.0.0.1:0',
    LOGS_RESCAN: '100ms',
  });
  await receiver.close();
  const sidecar = start();
  const admin = await sidecar.admin();
  const apps = ['a', 'b', 'c'].map((name) => new Application(path(`${name}.log`)));
  for (const app of apps) {
    app.write(20_000);
    await until('it is open', () => openPaths(pidOf(sidecar)).includes(app.path));
    unlinkSync(app.path);
    await settle();
  }
  await sidecar.says('given up');
  const metrics = async () => (await fetch(`${admin}/metrics`)).text();
  const dropped = Number(/^sidekick_logs_dropped_bytes_total\{.*\} (\d+)/m.exec(await metrics())?.[1]);
  assert.ok(dropped > 0);
  await receiver.open();
  const last = apps.at(-1)?.written ?? [];
  await until('the youngest arrived whole', () => new Set(receiver.messages).isSupersetOf(new Set(last)));
});

test('deleted with unshipped lines at the stop: exit 1, and it says what is lost', async (t) => {
  const { receiver, path, start } = await scene(t);
  const app = new Application(path('app.log'));
  app.write(10);
  const sidecar = start();
  await receiver.got(10);
  await receiver.close();
  app.write(10);
  await sidecar.says('cannot be reached');
  unlinkSync(path('app.log'));
  const { code, stdout } = await sidecar.stop();
  assert.equal(code, 1);
  assert.match(stdout, /of deleted files could not be shipped and are lost/);
});
