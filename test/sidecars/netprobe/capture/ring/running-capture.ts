import type { NetworkNamespace } from '#harness/namespace.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import type { CaptureResult } from '../../../../../sidecars/netprobe/capture/ring/live-capture.ts';
import type { CaptureStatistics } from '../../../../../sidecars/netprobe/capture/ring/messages.ts';
import type { TestPlan } from './plans.ts';

const program = new URL('programs/capture-live.ts', import.meta.url).pathname;

/** A capture in a process of its own, in a namespace. */
export class RunningCapture {
  readonly process: SidecarProcess;

  /**
   * @param to where its standard output goes: the words of a shell behind the command; into a file where it is a path
   * @param before a command that it is started by
   */
  constructor(namespace: NetworkNamespace, plan: TestPlan, to: string, before: readonly string[] = []) {
    const script = `exec "$0" "$@" >'${to}'`;
    const command = [...before, process.execPath, '--disable-warning=ExperimentalWarning', program, JSON.stringify(plan)];
    this.process =
      to === '' ? namespace.start(command[0] ?? '', command.slice(1)) : namespace.start('sh', ['-c', script, ...command]);
    // what comes is no text, and what was read as one cannot be put right later
    this.process.child.stdout?.setEncoding('latin1');
  }

  /** Everything it told. */
  get told(): Record<string, unknown>[] {
    const lines = this.process.stderr.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
    return lines.map((line) => JSON.parse(line));
  }

  /** Waits until it captures. */
  async started(): Promise<this> {
    await this.until('it captures', (told) => told.some(({ capturing }) => capturing === true));
    return this;
  }

  async until(what: string, holds: (told: readonly Record<string, unknown>[]) => boolean): Promise<void> {
    await until(what, () => {
      if (this.process.child.exitCode !== null) throw new Error(`it ended before ${what}: ${this.process.stderr}`);
      return holds(this.told);
    });
  }

  /** Waits until nobody takes what it captures: more is dropped, and nothing more is written. */
  async stalled(): Promise<this> {
    await this.until('nobody takes its packets', (told) => {
      const [before, now] = told.flatMap((each) => each.statistics ?? []).slice(-2) as CaptureStatistics[];
      return before !== undefined && now !== undefined && now.bytes === before.bytes && now.dropped > before.dropped;
    });
    return this;
  }

  /** Waits for its end, after a signal where one is given. */
  async end(signal?: NodeJS.Signals): Promise<CaptureResult> {
    if (signal !== undefined) this.process.child.kill(signal);
    await this.process.ended;
    const last = this.told.at(-1);
    if (last?.ended === undefined) throw new Error(`it has not told of its end: ${this.process.stderr}`);
    return { why: last.ended, statistics: last.statistics } as CaptureResult;
  }
}
