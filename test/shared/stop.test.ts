import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';

const stopModule = new URL('../../shared/stop.ts', import.meta.url).href;

/** A process that has a `stop`, runs `code`, says `ready`, and would go on for ever. */
async function start(t: TestContext, code: string): Promise<SidecarProcess> {
  const script = `
    import { Stop } from ${JSON.stringify(stopModule)};
    const stop = new Stop();
    setInterval(() => {}, 1000);
    ${code}
    console.log('ready');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const started = new SidecarProcess(child);
  await until('the process is ready', () => started.stdout.includes('ready'));
  return started;
}

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`${signal} before work began ends the process with ${code}`, async (t) => {
    const ended = await (await start(t, '')).stop(signal);
    assert.deepEqual([ended.code, ended.signal], [code, null]);
    assert.equal(ended.stderr, `${signal} before work began\n`);
  });

  test(`the first ${signal} is told and aborts the signal, a second one leaves with ${code}`, async (t) => {
    const running = await start(
      t,
      `stop.onSignal(60_000, (name) => console.log('told', name, stop.signal.aborted));
       stop.signal.addEventListener('abort', () => console.log('aborted'));`,
    );
    running.child.kill(signal);
    await until('the stop began', () => running.stdout.includes('aborted'));
    assert.match(running.stdout, new RegExp(`told ${signal} false\naborted\n$`));
    const ended = await running.stop(signal);
    assert.deepEqual([ended.code, ended.signal], [code, null]);
    assert.equal(ended.stderr, `a second ${signal}: leaving now\n`);
  });
}

test('the second signal may be another one than the first', async (t) => {
  const running = await start(t, `stop.onSignal(60_000, () => {}); stop.signal.onabort = () => console.log('aborted');`);
  running.child.kill('SIGINT');
  await until('the stop began', () => running.stdout.includes('aborted'));
  assert.equal((await running.stop('SIGTERM')).code, 143);
});

test('the end of the grace ends the process with 1, and names the option', async (t) => {
  const ended = await (await start(t, 'stop.onSignal(50, () => {});')).stop();
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /the grace of 50 ms is over: .*raise SIDEKICK_GRACE/);
});

test('why it leaves is told where that was asked for', async (t) => {
  const ended = await (await start(t, `stop.onSignal(50, () => {}, (message) => console.log('told:', message));`)).stop();
  assert.deepEqual([ended.code, ended.stderr], [1, '']);
  assert.match(ended.stdout, /told: the grace of 50 ms is over/);
});

test('without a signal the signal is not aborted', async (t) => {
  const running = await start(t, 'console.log(stop.signal.aborted);');
  assert.match(running.stdout, /^false\n/);
  running.child.kill('SIGKILL');
  assert.equal((await running.ended).signal, 'SIGKILL');
});
