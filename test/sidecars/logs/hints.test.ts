// What the kernel tells of folders, with a rescan that comes too late to matter.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Application, append, compare, exact, scene } from './scene.ts';

const settings = { LOGS_RESCAN: '1h' };

test('a file that is written all the time, and its neighbours: old, new, rotated', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', settings);
  const quiet = new Application(path('quiet.log'));
  const busy = new Application(path('busy.log'));
  busy.write(1);
  quiet.write(1);
  start();
  await receiver.got(2);
  const all = () => [busy, quiet].flatMap(({ written }) => written);
  /** Line by line for some time, which is when a folder gets a queue of its own. */
  const write = async (times: number) => {
    for (let time = 0; time < times; time += 1) {
      for (let line = 0; line < 5; line += 1) busy.write(1);
      await pause(5);
    }
  };
  for (let round = 0; round < 3; round += 1) {
    await write(150);
    quiet.write(3);
    append(path(`new-${round}.log`), `new ${round}\n`);
    await receiver.got(all().length + round + 1);
    busy.rotateAll(3);
    await write(20);
    await receiver.got(all().length + round + 1);
  }
  // and when it is quiet again
  await pause(1500);
  quiet.write(1);
  await receiver.got(all().length + 3);
  append(path('last.log'), 'last\n');
  await receiver.got(all().length + 4);
  assert.deepEqual(compare([...all(), 'new 0', 'new 1', 'new 2', 'last'], receiver.messages), exact);
});

test('folders that appear, go away, come again, and stand behind a link', async (t) => {
  const { receiver, path, start } = await scene(t, 'sub/*/*.log', settings);
  const sidecar = start();
  await sidecar.says('ok');
  mkdirSync(path('sub/a'), { recursive: true });
  append(path('sub/a/app.log'), '1\n');
  await receiver.got(1);
  append(path('sub/a/app.log'), '2\n');
  await receiver.got(2);
  rmSync(path('sub'), { recursive: true });
  mkdirSync(path('sub/a'), { recursive: true });
  append(path('sub/a/app.log'), '3\n');
  await receiver.got(3);
  append(path('sub/a/app.log'), '4\n');
  await receiver.got(4);
  mkdirSync(path('elsewhere'));
  append(path('elsewhere/app.log'), '5\n');
  symlinkSync(path('elsewhere'), path('sub/b'));
  await receiver.got(5);
  append(path('sub/b/app.log'), '6\n');
  await receiver.got(6);
  renameSync(path('sub/a'), path('sub/c'));
  append(path('sub/c/app.log'), '7\n');
  await receiver.got(7);
  assert.deepEqual(receiver.messages, ['1', '2', '3', '4', '5', '6', '7']);
  assert.ok(receiver.records.at(-1)?.file.startsWith(join(path('sub'), '/')));
});
