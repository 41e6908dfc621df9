import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode } from '#shared/exit.ts';
import { treeOf } from './usage.ts';

/** How long a process may take to end after SIGTERM, in milliseconds. */
const patience = 10_000;

/** One program that a bench runs. */
export class Actor {
  readonly name: string;
  readonly process: ChildProcess;
  /** The end of what it said, on stdout and stderr. */
  said = '';
  #error: Error | undefined;

  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.process = child;
    child.once('error', (error) => {
      this.#error = error;
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said = (this.said + text).slice(-4000);
      });
  }

  /** @throws Error where it could not be started. */
  get pid(): number {
    if (this.process.pid === undefined) throw new Error(`${this.name} could not be started`, { cause: this.#error });
    return this.process.pid;
  }

  get running(): boolean {
    return this.process.pid !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Waits for its end. @throws Error with its last words, where it does not exit with 0. */
  async ended(): Promise<void> {
    if (this.running) await once(this.process, 'exit');
    const { exitCode: code, signalCode } = this.process;
    if (code !== 0) throw this.failure(`ended with ${code ?? signalCode ?? 'no start'}`);
  }

  /** SIGTERM, and SIGKILL to one that does not listen. How it ends is its own affair: it was measured before. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    const listened = new AbortController();
    const late = sleep(patience, 'late', { signal: listened.signal }).catch(() => 'ended');
    if ((await Promise.race([exit, late])) === 'late') this.process.kill('SIGKILL');
    await exit;
    listened.abort();
  }

  /** An error about it, with its last words. */
  failure(what: string): Error {
    return new Error(`${this.name} ${what}:\n${this.said}`);
  }
}

/** The programs of one bench and their folder. All of it goes with `clear`, and with this process however that ends, short of SIGKILL. */
export class Stage {
  /** A temporary folder; everything that a bench makes is in it. */
  readonly folder: string;
  readonly #actors = new Set<Actor>();
  readonly #leave = () => this.#remove();
  readonly #interrupt = (signal: 'SIGINT' | 'SIGTERM') => process.exit(exitCode.interrupted[signal]);

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'sidekick-bench-'));
    process.on('exit', this.#leave);
    process.on('SIGINT', this.#interrupt).on('SIGTERM', this.#interrupt);
  }

  /** Starts a program, with an environment of what is given and PATH alone. */
  start(name: string, command: string, args: readonly string[], options: SpawnOptions = {}): Actor {
    const env = { PATH: process.env.PATH, ...options.env };
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options, env });
    const actor = new Actor(name, child);
    this.#actors.add(actor);
    child.once('exit', () => this.#actors.delete(actor));
    return actor;
  }

  /** Makes a folder in the folder. */
  newFolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** Ends what is still running, and removes the folder. */
  async clear(): Promise<void> {
    const left = [...this.#actors].filter(({ running }) => running);
    const exits = left.map(({ process: child }) => once(child, 'exit'));
    for (const actor of left) killWithAll(actor);
    await Promise.all(exits);
    process.off('exit', this.#leave).off('SIGINT', this.#interrupt).off('SIGTERM', this.#interrupt);
    this.#remove();
  }

  #remove(): void {
    for (const actor of this.#actors) killWithAll(actor);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Ends an actor at once, and all that it has started: what it is a pipeline of would otherwise go on. */
function killWithAll({ process: child }: Actor): void {
  const started = child.pid === undefined ? [] : treeOf(child.pid);
  child.kill('SIGKILL');
  for (const pid of started.slice(1))
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
}
