// What must not keep the sidecar from ending, or from using what it has.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, SidecarProcess, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';

for (const behaviour of [500, 'silence'] as const) {
  test(`told to stop before a sink that answers ${behaviour} with a backlog, it leaves the rest and exits 0, not by the grace`, async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'app.log');
    writeFileSync(file, `${'x'.repeat(199)}\n`.repeat(100_000));
    const receiver = await Receiver.start(t);
    receiver.behave = () => behaviour;
    const running = startSidecar(t, 'logs', {
      LOGS_PATHS: file,
      LOGS_STATE: join(folder, 'state'),
      LOGS_TO: receiver.url,
      SIDEKICK_GRACE: '4s',
    });
    await until('batches are in flight', () => receiver.refusals.length >= 3);
    const { code, stdout, stderr } = await running.stop();
    assert.doesNotMatch(stderr, /grace of .* is over/);
    assert.match(stdout, /left in the files for the next start/);
    assert.equal(code, 0);
  });
}

test('--once told to stop says what is left, exits 1, and the next one ships that', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'app.log');
  const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index} ${'x'.repeat(50)}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const receiver = await Receiver.start(t);
  receiver.delay = 50;
  const env = {
    LOGS_PATHS: file,
    LOGS_STATE: join(folder, 'state'),
    LOGS_TO: receiver.url,
    LOGS_BATCH_BYTES: '16Ki',
    LOGS_ONCE: 'true',
  };
  const job = startSidecar(t, 'logs', env);
  await until('some of it arrived', () => receiver.messages.length > 1000);
  const { code, stderr } = await job.stop();
  assert.equal(code, 1);
  assert.match(stderr, /stopped with \d+ bytes left in the files: run it again/);
  assert.equal((await runSidecar(t, 'logs', env)).code, 0);
  assert.deepEqual(new Set(receiver.messages), new Set(lines));
  assert.equal(receiver.messages.length, lines.length);
});

test('a reader of stdout that goes away ends the sidecar, though nothing more is written after the line that found out', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'app.log');
  writeFileSync(file, 'one\n');
  const main = fileURLToPath(new URL('../../../sidecars/logs/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, file], {
    env: { PATH: process.env.PATH, LOGS_ADMIN: 'off', LOGS_STATE: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const running = new SidecarProcess(child);
  await until('a record was printed', () => running.stdout.includes('one'));
  child.stdout?.destroy();
  appendFileSync(file, 'two\n');
  assert.equal((await running.ended).code, 1);
});

test('positions in a state folder that is read-only now are used all the same', needs('linux', 'root'), async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'app.log');
  writeFileSync(file, 'one\n');
  const env = { LOGS_STATE: temporaryMount(t, 'size=1m') };
  assert.match((await runSidecar(t, 'logs', env, ['--once', file])).stdout, /one/);
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', env.LOGS_STATE]).status, 0);
  assert.equal((await runSidecar(t, 'logs', env, ['--once', file])).stdout, '');
});

test('--check of a state folder that a run would make', async (t) => {
  const folder = temporaryFolder(t);
  const { code, stdout } = await runSidecar(t, 'logs', { LOGS_STATE: join(folder, 'new', 'state') }, [
    '--check',
    join(folder, '*.log'),
  ]);
  assert.equal(code, 0, stdout);
});
