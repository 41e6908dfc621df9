import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { Children } from '#shared/children.ts';

test('a child is remembered until it exits', async () => {
  const children = new Children();
  const child = children.spawn(process.execPath, ['-e', 'process.exit(7)'], { stdio: 'ignore' });
  assert.equal(children.size, 1);
  assert.deepEqual(await once(child, 'exit'), [7, null]);
  assert.equal(children.size, 0);
  await children.end(60_000);
});

test('a program that cannot be started is told by its error, and not remembered', async () => {
  const children = new Children();
  const child = children.spawn('/absent/program', []);
  assert.equal(children.size, 0);
  const [error] = await once(child, 'error');
  assert.equal(error.code, 'ENOENT');
  await children.end(60_000);
});

test('a signal goes to all', async () => {
  const children = new Children();
  const started = await Promise.all([0, 1].map(() => start(children, `process.on('SIGHUP', () => process.exit(5));`)));
  const exits = started.map((child) => once(child, 'exit'));
  children.signal('SIGHUP');
  assert.deepEqual(await Promise.all(exits), [
    [5, null],
    [5, null],
  ]);
  children.signal('SIGHUP');
  await children.end(60_000);
});

test('the end waits for those that finish their work, and starts nothing new', { timeout: 30_000 }, async () => {
  const children = new Children();
  const dies = await start(children, '');
  const finishes = await start(children, `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 200));`);
  const ended = children.end(60_000);
  assert.throws(() => children.spawn(process.execPath, []), /stopping/);
  await ended;
  assert.equal(children.size, 0);
  assert.deepEqual([dies.signalCode, finishes.exitCode], ['SIGTERM', 0]);
  for (const { pid } of [dies, finishes]) assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' }, 'reaped');
});

test('one that ignores SIGTERM is killed when the grace is over', { timeout: 30_000 }, async () => {
  const children = new Children();
  const stubborn = await start(children, `process.on('SIGTERM', () => process.send('no'));`);
  const refused = once(stubborn, 'message');
  const ended = children.end(500);
  assert.deepEqual((await refused)[0], 'no');
  await ended;
  assert.equal(stubborn.signalCode, 'SIGKILL');
  assert.equal(children.size, 0);
  assert.throws(() => process.kill(Number(stubborn.pid), 0), { code: 'ESRCH' }, 'reaped');
});

test('a stopped child is ended too', { timeout: 30_000 }, async () => {
  const children = new Children();
  const stopped = await start(children, '');
  stopped.kill('SIGSTOP');
  await children.end(100);
  assert.equal(stopped.signalCode, 'SIGKILL');
});

test('of a detached child the whole group is ended', { timeout: 30_000 }, async () => {
  const children = new Children();
  const program = `
    process.on('SIGTERM', () => {});
    process.on('message', () => {});
    setInterval(() => {}, 1000);
    if (process.argv[1]) process.send('started');
    else {
      const grandchild = require('node:child_process').spawn(process.execPath, ['-e', process.execArgv[1], 'grandchild'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      grandchild.once('message', () => process.send(grandchild.pid));
    }`;
  const child = children.spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true,
  });
  // The grandchild holds the same pipe, which closes when neither lives any more.
  const closed = once(child, 'close');
  child.stdout?.resume();
  const [grandchild] = await once(child, 'message');
  process.kill(grandchild, 0);
  await children.end(100);
  assert.equal(child.signalCode, 'SIGKILL');
  await closed;
});

/** A child that runs the program, then says so and lives on. */
async function start(children: Children, program: string): Promise<ChildProcess> {
  const child = children.spawn(process.execPath, ['-e', `${program} process.on('message', () => {}); process.send('started');`], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}
