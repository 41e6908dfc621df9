// What rotations do to files while the sidecar runs: nothing may be lost, and nothing shipped twice. More of it is in traps/rotations.ts.
import assert from 'node:assert/strict';
import { copyFileSync, renameSync, symlinkSync, truncateSync, unlinkSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Application, append, compare, exact, scene, settle, truncateAndWrite } from './scene.ts';

for (const watch of ['true', 'false']) {
  test(`five rotations between two scans (LOGS_WATCH=${watch})`, async (t) => {
    const { receiver, path, start } = await scene(t, 'app.log', { LOGS_WATCH: watch, LOGS_RESCAN: '700ms' });
    const app = new Application(path('app.log'));
    // a link that leads to itself is no rotated file
    symlinkSync('app.log.9', path('app.log.9'));
    app.write(10);
    start();
    await receiver.got(10);
    for (let round = 0; round < 5; round += 1) {
      app.rotateAll(6);
      app.write(40);
      await pause(20);
    }
    await receiver.got(app.written.length);
    await settle();
    assert.deepEqual(compare(app.written, receiver.messages), exact);
  });
}

test('a rotation that keeps the extension: app-20261121.log', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log', { LOGS_WATCH: 'false', LOGS_RESCAN: '300ms' });
  const app = new Application(path('app.log'));
  app.write(10);
  start();
  await receiver.got(10);
  app.write(5);
  app.rotate(path('app-20261120.log'));
  app.write(5);
  app.rotate(path('app-20261121.log'));
  app.write(5);
  await receiver.got(25);
  await settle();
  assert.deepEqual(compare(app.written, receiver.messages), exact);
});

for (const glob of ['app.log', 'app.log*']) {
  test(`copied and truncated four times, with lines that nobody had read yet in the copy (glob ${glob})`, async (t) => {
    const { receiver, path, start } = await scene(t, glob, { LOGS_WATCH: 'false', LOGS_RESCAN: '250ms' });
    const app = new Application(path('app.log'));
    app.write(50);
    start();
    await receiver.got(50);
    for (let round = 0; round < 4; round += 1) {
      app.write(100);
      for (let number = 5; number >= 1; number -= 1) {
        try {
          renameSync(path(`app.log.${number}`), path(`app.log.${number + 1}`));
        } catch (error) {
          assert.equal((error as NodeJS.ErrnoException).code, 'ENOENT');
        }
      }
      copyFileSync(path('app.log'), path('app.log.1'));
      truncateSync(path('app.log'));
      app.write(20);
      await receiver.got(app.written.length);
    }
    await settle();
    assert.deepEqual(compare(app.written, receiver.messages), exact);
  });
}

test('truncated and at once grown past the old offset', async (t) => {
  for (const watch of ['true', 'false']) {
    const { receiver, path, start } = await scene(t, 'app.log', { LOGS_WATCH: watch, LOGS_RESCAN: '300ms' });
    append(path('app.log'), 'old 1\nold 2\n');
    const sidecar = start();
    await receiver.got(2);
    const lines = Array.from({ length: 500 }, (_, index) => `new ${index}`);
    truncateAndWrite(path('app.log'), `${lines.join('\n')}\n`);
    await receiver.got(502);
    await settle();
    assert.deepEqual(compare(['old 1', 'old 2', ...lines], receiver.messages), exact, `LOGS_WATCH=${watch}`);
    await sidecar.stop();
  }
});

test('truncated to nothing and written again, shorter', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log');
  append(path('app.log'), 'a first line\na second line\n');
  start();
  await receiver.got(2);
  truncateAndWrite(path('app.log'), 'third\n');
  await receiver.got(3);
  truncateSync(path('app.log'));
  await pause(100);
  append(path('app.log'), 'fourth\n');
  await receiver.got(4);
  await settle();
  assert.deepEqual(receiver.messages, ['a first line', 'a second line', 'third', 'fourth']);
});

test('a file that takes the name and the inode of a deleted one', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', { LOGS_OPEN_FILES: '1', LOGS_RESCAN: '200ms' });
  append(path('a.log'), 'from a\n');
  append(path('b.log'), 'from b\n');
  start();
  await receiver.got(2);
  // one of the two is closed by now; whichever it is, its inode is free for the next file
  await settle();
  for (const name of ['a.log', 'b.log']) {
    unlinkSync(path(name));
    append(path(name), 'from a\nfrom b\nand more\n');
  }
  await receiver.got(3);
  await settle();
  const count = (message: string) => receiver.messages.filter((candidate) => candidate === message).length;
  assert.deepEqual([count('from a'), count('from b'), count('and more')], [3, 3, 2]);
});

test('a line written to a rotated file long after the rotation', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log', { LOGS_LINGER: '100ms' });
  const app = new Application(path('app.log'));
  app.write(5);
  start();
  await receiver.got(5);
  const old = app.rotate(path('app.log.1'));
  app.write(5);
  await receiver.got(10);
  await settle();
  writeSync(old, 'late\n');
  await receiver.got(11);
});

test('a plain copy beside a file that goes on', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log*', { LOGS_RESCAN: '200ms', LOGS_LINGER: '500ms' });
  const app = new Application(path('app.log'));
  app.write(100);
  start();
  await receiver.got(100);
  copyFileSync(path('app.log'), path('app.log.bak'));
  await settle();
  app.write(10);
  await receiver.got(110);
  await settle();
  await settle();
  assert.deepEqual(compare(app.written, receiver.messages), exact);
  append(path('app.log.bak'), 'the copy goes on, too\n');
  await receiver.got(111);
});
