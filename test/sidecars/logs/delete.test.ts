// Deleted files: what they hold is shipped, then the disk space is given back.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, unlinkSync } from 'node:fs';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { Application, append, compare, exact, scene, settle } from './scene.ts';

/** Paths of the deleted files that a process holds open. */
function deletedFilesOf({ child }: SidecarProcess): string[] {
  const folder = `/proc/${child.pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      const target = readlinkSync(`${folder}/${fd}`);
      return target.endsWith(' (deleted)') ? [target] : [];
    } catch {
      // closed between the two calls
      return [];
    }
  });
}

/** Private dirty memory of a process, in bytes (proc(5), smaps_rollup). */
function privateDirty({ child }: SidecarProcess): number {
  const text = readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8');
  return 1024 * Number(/Private_Dirty:\s+(\d+)/.exec(text)?.[1]);
}

test('deleted before it was read, under a slow sink: delivered, then closed', needs('linux'), async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', { LOGS_BATCH_BYTES: '16Ki' });
  receiver.delay = 20;
  append(path('first.log'), 'first\n');
  const sidecar = start();
  await receiver.got(1);
  const app = new Application(path('app.log'));
  app.write(20_000);
  await until('it is followed', () => receiver.messages.includes(app.written[0] ?? ''));
  unlinkSync(path('app.log'));
  app.write(100);
  await receiver.got(1 + app.written.length);
  await until('the deleted file is closed', () => deletedFilesOf(sidecar).length === 0);
  assert.deepEqual(compare(['first', ...app.written], receiver.messages), exact);
});

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

test('the sink is down through rotations and deletions: memory stays flat, nothing is lost', needs('linux'), async (t) => {
  const { receiver, path, start } = await scene(t, '*.log');
  const written: string[] = [];
  const warm = new Application(path('warm.log'));
  warm.write(20_000);
  const sidecar = start();
  await receiver.got(20_000);
  await receiver.close();
  warm.write(40_000);
  await sidecar.says('cannot be reached');
  await settle();
  const before = privateDirty(sidecar);
  for (let round = 0; round < 6; round += 1) {
    const app = new Application(path(`app${round}.log`));
    app.write(20_000);
    await until('it is open', () =>
      readdirSync(`/proc/${sidecar.child.pid}/fd`).some((fd) => linkOf(sidecar, fd).endsWith(`app${round}.log`)),
    );
    unlinkSync(path(`app${round}.log`));
    app.write(100);
    app.close();
    written.push(...app.written);
    warm.write(5000);
    warm.rotateAll(9);
  }
  await settle();
  const grown = privateDirty(sidecar) - before;
  t.diagnostic(`private dirty memory grew by ${Math.round(grown / 1024)} KiB while ${written.length + 30_000} lines waited`);
  assert.ok(grown < 5 * 2 ** 20, `grew by ${grown} bytes`);
  await receiver.open();
  await receiver.got(warm.written.length + written.length);
  await settle();
  assert.deepEqual(compare([...warm.written, ...written], receiver.messages), exact);
});

function linkOf({ child }: SidecarProcess, fd: string): string {
  try {
    return readlinkSync(`/proc/${child.pid}/fd/${fd}`);
  } catch {
    return '';
  }
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
    await until('it is open', () => readdirSync(`/proc/${sidecar.child.pid}/fd`).some((fd) => linkOf(sidecar, fd) === app.path));
    unlinkSync(app.path);
    await settle();
  }
  await sidecar.says('given up');
  const metrics = async () => (await fetch(`${admin}/metrics`)).text();
  const dropped = Number(/^sidekick_logs_dropped_bytes_total (\d+)/m.exec(await metrics())?.[1]);
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
