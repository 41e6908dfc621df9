// What is asked of an application before and after it is read: of a real server, and of a real process.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Gate } from './gate.ts';
import { Scene } from './scene.ts';

/** A scene with a file, and an application that has hooks. */
async function scene(t: TestContext) {
  const gate = await Gate.open(t);
  const made = new Scene(t, {
    BACKUP_BEFORE: `${gate.url('/flush')},${gate.url('/freeze')}`,
    BACKUP_AFTER: gate.url('/thaw'),
    BACKUP_HOOK_TIMEOUT: '10s',
  });
  writeFileSync(made.path('file'), 'one');
  return { gate, scene: made };
}

const paths = (gate: Gate) => gate.asked.map(({ path }) => path);

test('HTTP: those before in order, those after once it is read', needs('linux'), async (t) => {
  const { gate, scene: application } = await scene(t);
  await application.save();
  assert.deepEqual(paths(gate), ['/flush', '/freeze', '/thaw']);
  assert.deepEqual(
    gate.asked.map(({ body }) => JSON.parse(body)),
    [{ event: 'before' }, { event: 'before' }, { event: 'after', succeeded: true }],
  );
});

test('one before that fails: nothing is read, and those after are asked all the same', needs('linux'), async (t) => {
  const { gate, scene: application } = await scene(t);
  gate.answers('/flush', 503);
  const { code, result } = await application.now();
  assert.deepEqual([code, result.outcome, result.manifest], [1, 'failed', null]);
  assert.match(result.reason ?? '', /the hook before reading, http:\S+\/flush, failed: it answers 503/);
  assert.deepEqual(paths(gate), ['/flush', '/thaw']);
  assert.deepEqual(JSON.parse(gate.asked[1]?.body ?? ''), { event: 'after', succeeded: false });
  assert.deepEqual(application.files, []);
});

test('one that does not answer in time', needs('linux'), async (t) => {
  const { gate, scene: application } = await scene(t);
  gate.hold('/freeze');
  const { code, result } = await application.now({ BACKUP_HOOK_TIMEOUT: '200ms' });
  assert.equal(code, 1);
  assert.match(result.reason ?? '', /\/freeze, failed: it did not answer in time/);
  assert.deepEqual(paths(gate), ['/flush', '/freeze', '/thaw']);
});

test('one after that fails: the backup is there, and it is told', needs('linux'), async (t) => {
  const { gate, scene: application } = await scene(t);
  gate.answers('/thaw', 500);
  const { warnings } = await application.save();
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /the hook after reading, http:\S+\/thaw, failed: it answers 500/);
});

test('a run that fails while it reads: those after are asked', needs('linux'), async (t) => {
  const { gate, scene: application } = await scene(t);
  application.env.BACKUP_SOURCES = application.path('missing');
  const { code } = await application.now();
  assert.equal(code, 1);
  assert.deepEqual(paths(gate).at(-1), '/thaw');
  assert.deepEqual(JSON.parse(gate.asked.at(-1)?.body ?? ''), { event: 'after', succeeded: false });
});

test('signals, to a process by its name and by its number', needs('linux'), async (t) => {
  const application = await startApplication(t);
  const folder = new Scene(t);
  writeFileSync(folder.path('file'), 'one');
  await folder.save({
    BACKUP_BEFORE: `signal:USR1@${application.name}`,
    BACKUP_AFTER: `signal:USR2@pid:${application.child.pid}`,
  });
  await until('it got both', () => application.got.length === 2);
  // of two that wait for a busy process, the kernel promises no order
  assert.deepEqual(application.got.toSorted(), ['SIGUSR1', 'SIGUSR2']);

  const { code, result } = await folder.now({ BACKUP_BEFORE: 'signal:USR1@no-such-process' });
  assert.equal(code, 1);
  assert.match(result.reason ?? '', /there is no process no-such-process; share the PID namespace of its container/);
});

/** A process that tells which signals it gets. */
async function startApplication(
  t: TestContext,
): Promise<{ readonly child: ChildProcess; readonly name: string; readonly got: string[] }> {
  const name = `app${process.pid}`;
  const program = `
    process.on('SIGUSR1', () => console.log('SIGUSR1'));
    process.on('SIGUSR2', () => console.log('SIGUSR2'));
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const child = spawn(process.execPath, ['-e', program], { argv0: name, stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(t, async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const got: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => void got.push(...text.trim().split('\n')));
  await until('the application is ready', () => got[0] === 'ready');
  got.shift();
  return { child, name, got };
}
