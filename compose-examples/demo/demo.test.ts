import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';

/** Where there is no Linux, netprobe has nothing that it could read. */
const attached = process.platform === 'linux' ? 4 : 3;

test('--once loses no line, no request and no order through rotations and kills, and leaves nothing behind', async (t) => {
  const demo = new Demo(t, ['--once']);
  assert.equal(await demo.ended(), 0, demo.said);
  const verdict = demo.said.trimEnd().split('\n').slice(-5);
  const expected = [
    /^logs {8}written ([\d,]+) = shipped \1 \(0 lost, [\d,]+ duplicates?, ([2-9]|\d\d) rotations, 1 kill -9\)$/,
    /^ambassador {2}[\d,]+ requests answered, 0 failed \(2 kill -9 of stock\)$/,
    /^backup {6}([\d,]+) orders = \1 restored \(\d+ backups\)$/,
    process.platform === 'linux' ? /^netprobe {4}.* of the stock seen/ : /^netprobe {4}not attached/,
    new RegExp(`^verdict {5}all ${attached} did what they are for$`),
  ];
  for (const [index, line] of expected.entries()) assert.match(verdict[index] ?? '', line, demo.said);
  demo.leftNothing();
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} ends the demo in order, with a verdict`, async (t) => {
    const demo = new Demo(t, []);
    await until('lines arrived', () => /shipped [1-9].*; [1-9][\d,]* orders/.test(demo.said));
    // a terminal, npm and the script above the demo each send one
    for (let times = 0; times < 3; times += 1) demo.child.kill(signal);
    assert.equal(await demo.ended(), 0, demo.said);
    assert.match(
      demo.said,
      /\nlogs +written [\d,]+ = shipped [\d,]+ \(0 lost, .*, 0 kill -9\)\n(.*\n){3}verdict +all [34] did what they are for\n$/,
    );
    demo.leftNothing();
  });
}

test('a process of the demo that ends of itself ends all others, with 1', needs('linux'), async (t) => {
  const demo = new Demo(t, []);
  await until('lines arrived', () => /shipped [1-9]/.test(demo.said));
  const actors = childrenOf(demo.child.pid ?? 0);
  assert.equal(actors.length, 9);
  const app = actors.find(({ command }) => command.includes('app.ts'));
  process.kill(app?.pid ?? 0, 'SIGKILL');
  assert.equal(await demo.ended(), 1);
  assert.match(demo.said, /sidekick demo: the application has ended/);
  demo.leftNothing();
  for (const { pid } of actors) assert.ok(!existsSync(`/proc/${pid}`), `${pid} is gone`);
});

test('an unknown argument is refused with 64, and --help tells the known ones', async (t) => {
  const refused = new Demo(t, ['--twice']);
  assert.equal(await refused.ended(), 64);
  assert.equal(refused.said, 'sidekick demo: --twice is no option of the demo; there are --once and --help\n');
  const helped = new Demo(t, ['--help']);
  assert.equal(await helped.ended(), 0);
  assert.match(helped.said, /npm run demo \[-- --once\]/);
});

/** The demo as a process, with a folder of its own for temporary files. */
class Demo {
  readonly child: ChildProcess;
  readonly #folder: string;
  readonly #closed: Promise<unknown[]>;
  /** All that it said on stdout and stderr. */
  said = '';

  constructor(t: TestContext, args: readonly string[]) {
    this.#folder = temporaryFolder(t);
    const script = fileURLToPath(new URL('demo.ts', import.meta.url));
    const env = { PATH: process.env.PATH, TMPDIR: this.#folder };
    this.child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    this.#closed = once(this.child, 'close');
    // a demo that is killed cannot end its processes: it is told to, twice if need be
    t.after(async () => {
      for (; this.child.exitCode === null && this.child.signalCode === null; await sleep(1100)) this.child.kill('SIGTERM');
    });
  }

  /** Waits for the end, and returns the exit code, or null where a signal ended it. */
  async ended(): Promise<unknown> {
    const [code] = await this.#closed;
    return code;
  }

  /** Asserts that its folder for temporary files is empty. */
  leftNothing(): void {
    assert.deepEqual(readdirSync(this.#folder), []);
  }
}

/** The processes that a process started, proc_pid_task(5). */
function childrenOf(pid: number): { pid: number; command: string }[] {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  return pids.map((child) => ({ pid: child, command: readFileSync(`/proc/${child}/cmdline`, 'utf8') }));
}
