import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import type { DnsNamespace } from '#harness/dns.ts';
import { until } from '#harness/until.ts';

/** Where a program runs, and as whom, where that is not beside the test and as its user. */
export interface Place {
  readonly namespace?: DnsNamespace;
  /** Its user and group. */
  readonly uid?: number;
}

/** A program of this folder that runs beside the test, and what it told. */
export class Program {
  readonly child: ChildProcess;
  /** What it told, in order. */
  readonly told: Record<string, number>[] = [];

  /** Runs `NAME.ts`; it is killed when the test ends. */
  constructor(t: TestContext, name: string, args: readonly (string | number)[] = [], { uid, namespace }: Place = {}) {
    const path = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
    const words = ['--no-warnings', path, ...args.map(String)];
    const options: SpawnOptions = {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    };
    this.child = namespace?.spawn(process.execPath, words, options) ?? spawn(process.execPath, words, options);
    this.child.on('message', (message) => this.told.push(message as Record<string, number>));
    atEnd(t, () => this.end('SIGKILL'));
  }

  /** Waits until it tells of `key` with a value that `fits`, and returns the value. */
  async tells(key: string, fits: (value: number) => boolean = () => true): Promise<number> {
    const find = () => this.told.findLast((message) => message[key] !== undefined && fits(message[key]))?.[key];
    await until(`the program tells of ${key}`, () => {
      if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode} before it told of ${key}`);
      return find() !== undefined;
    });
    return find() as number;
  }

  /** Asks it for something. */
  ask(what: string): void {
    this.child.send(what);
  }

  /** Ends it by a signal. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}
