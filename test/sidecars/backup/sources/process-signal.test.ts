import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import {
  named,
  type ProcessInfo,
  readProcesses,
  SignalError,
  signalProcess,
} from '../../../../sidecars/backup/sources/process-signal.ts';

/** Starts a process under a name of its own, and waits until it listens for signals. */
async function start(t: TestContext, name: string, ...args: string[]): Promise<{ child: ChildProcess; said: () => string }> {
  const program = fileURLToPath(new URL('programs/signalled.ts', import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { argv0: name, stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout?.on('data', (text) => {
    said += text;
  });
  atEnd(t, async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  await until('the process is ready', () => said.includes('ready'));
  return { child, said: () => said };
}

describe('a signal', needs('linux'), () => {
  test('reaches a process by its name, by the file name of its program, and by its number', async (t) => {
    const name = `a-very-long-name-${process.pid}`;
    const { child, said } = await start(t, `/opt/app/${name}`);
    assert.deepEqual(signalProcess('SIGUSR2', name), [child.pid]);
    await until('it got the first', () => said().includes('SIGUSR2'));
    assert.deepEqual(signalProcess('SIGHUP', child.pid ?? 0), [child.pid]);
    await until('it got the second', () => said().includes('SIGHUP'));
  });

  test('goes to what was started, and not to what that started itself', async (t) => {
    const name = `server-${process.pid}`;
    const { child, said } = await start(t, name, 'child');
    assert.equal(readProcesses().filter(({ program }) => program === name).length, 2);
    assert.deepEqual(signalProcess('SIGWINCH', name), [child.pid]);
    await until('it got there', () => said().includes('SIGWINCH'));
    assert.equal(said().match(/SIGWINCH/g)?.length, 1);
  });

  test('for nobody says how to share a namespace', () => {
    const nobody = (error: unknown) =>
      error instanceof SignalError && /there is no process nobody-is-called-so; share the PID namespace/.test(error.message);
    assert.throws(() => signalProcess('SIGUSR2', 'nobody-is-called-so'), nobody);
    assert.throws(() => signalProcess('SIGUSR2', 2 ** 22 - 1), /there is no process 4194303/);
  });

  test('never goes to ourselves, nor to who started us', () => {
    for (const pid of [process.pid, process.ppid])
      assert.throws(() => signalProcess('SIGKILL', pid), /is the sidecar itself, or started it; share the PID namespace/);
    const own = readProcesses().find(({ pid }) => pid === process.pid);
    assert.ok(own?.program.startsWith('node'));
  });

  test('that we may not send says what is missing', needs('root'), async (t) => {
    const name = `root-${process.pid}`;
    await start(t, name);
    const program = fileURLToPath(new URL('programs/send-signal.ts', import.meta.url));
    const { stdout } = spawnSync(process.execPath, [program, name], { encoding: 'utf8' });
    assert.match(
      stdout,
      /^may not send SIGUSR2 to process \d+ \(root-\d+\): EPERM; run the sidecar as .*, or add the capability KILL$/,
    );
  });
});

describe('processes with a name', () => {
  const info = (pid: number, parent: number, comm: string, program = comm): ProcessInfo => ({ pid, parent, comm, program });
  const processes = [
    info(1, 0, 'pause'),
    info(7, 0, 'postgres'),
    info(20, 7, 'postgres', 'postgres: checkpointer '),
    info(21, 7, 'postgres', 'postgres: app db [local] idle'),
    info(30, 0, 'node', 'node'),
    info(31, 30, 'node', 'node'),
    info(40, 1, 'nginx', 'nginx: master process nginx'),
    info(41, 40, 'nginx', 'nginx: worker process'),
    info(50, 1, 'a-very-long-nam', 'a-very-long-name'),
    info(60, 2, 'kworker', ''),
  ];

  test('are the topmost ones', () => {
    assert.deepEqual(named(processes, 'postgres', []), [7]);
    assert.deepEqual(named(processes, 'nginx', []), [40]);
    assert.deepEqual(named(processes, 'a-very-long-name', []), [50]);
  });

  test('are never ours', () => {
    assert.deepEqual(named(processes, 'node', [31, 30]), []);
  });
});
