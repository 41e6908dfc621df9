import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How long a process may take until it says what is waited for, in milliseconds. */
const longestStart = 10_000;

/** How a process ended: its exit code, or the signal that ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process of the demo. */
export class Actor {
  readonly name: string;
  readonly ended: Promise<Ending>;
  /** The last that it said, on stdout and stderr. */
  said = '';
  readonly #process: ChildProcess;

  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said = (this.said + text).slice(-10_000);
      });
    this.ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /**
   * Waits until it says something, and returns what the pattern's first group matched.
   * @throws Error with its last words, where it ends before or takes too long.
   */
  async says(pattern: RegExp): Promise<string> {
    for (const end = performance.now() + longestStart; ; await sleep(10)) {
      const found = pattern.exec(this.said)?.[1];
      if (found !== undefined) return found;
      if (!this.running) throw new Error(`${this.name} ended before it was ready:\n${this.said}`);
      if (performance.now() > end) throw new Error(`${this.name} was not ready after ${longestStart / 1000} s:\n${this.said}`);
    }
  }

  /** Tells it to end, and waits for that. @throws Error where it fails to end well. */
  async stop(): Promise<void> {
    if (this.running) this.kill('SIGTERM');
    const { code, signal } = await this.ended;
    if (code !== 0) throw new Error(`${this.name} ended with ${code ?? signal} when it was told to stop:\n${this.said}`);
  }
}

/** The processes of the demo and their folder. All of it goes with `clear`, and with this process however that ends, short of SIGKILL. */
export class Stage {
  readonly folder: string;
  /** Whether it is being cleared: nothing may start any more. */
  over = false;
  readonly #actors = new Set<Actor>();
  readonly #leave = () => this.#clearNow();

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'sidekick-demo-'));
    process.on('exit', this.#leave);
  }

  /**
   * Starts a TypeScript program with this very Node, in an environment of what is given and PATH alone. It is in a process
   * group of its own: Ctrl-C reaches only this process, which ends the others in order.
   * @param file relative to this folder.
   */
  start(name: string, file: string, { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> }): Actor {
    const script = fileURLToPath(new URL(file, import.meta.url));
    const child = spawn(process.execPath, [script, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const actor = new Actor(name, child);
    this.#actors.add(actor);
    void actor.ended.then(() => this.#actors.delete(actor));
    return actor;
  }

  /** Ends what is still running, and removes the folder. */
  async clear(): Promise<void> {
    this.over = true;
    const left = [...this.#actors];
    for (const actor of left) actor.kill('SIGKILL');
    await Promise.all(left.map(({ ended }) => ended));
    process.off('exit', this.#leave);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #clearNow(): void {
    for (const actor of this.#actors) actor.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
