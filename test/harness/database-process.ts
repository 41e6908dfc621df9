import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { atEnd } from './at-end.ts';
import { temporaryFolder } from './folder.ts';
import { until } from './until.ts';

/** The user nobody, where we are root: a database server does not run as root. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

/** How long a server may take to begin, in milliseconds: on a machine whose disk and processors are busy that is long. */
const patience = 180_000;

/** A database server that runs as a process of its own, in a folder that is its user's, and ends with the test. */
export class DatabaseProcess {
  /** Holds its data and its socket. Anybody may go in. */
  readonly folder: string;
  readonly #environment: { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number };
  #child: ChildProcess | undefined;
  #closed: Promise<unknown> = Promise.resolve();
  #said = '';

  /** @param quit the signal that ends it at once, without waiting for clients, and with its children */
  constructor(t: TestContext, bin: string, quit: NodeJS.Signals) {
    this.folder = temporaryFolder(t);
    chmodSync(this.folder, 0o755);
    if (nobody !== undefined) chownSync(this.folder, nobody.uid, nobody.gid);
    // a MariaDB server that starts removes the temporary tables of all others in the folder for temporary files
    const env = { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, HOME: this.folder, TMPDIR: this.folder, LC_ALL: 'C' };
    this.#environment = { cwd: this.folder, env, ...nobody };
    atEnd(t, () => this.stop(quit));
  }

  /** The process id of the server that runs, or that ran last. */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the server was never started');
    return this.#child.pid;
  }

  /** All that it wrote since it was started last. */
  get log(): string {
    return this.#said;
  }

  /** Starts it and waits until it says `ready`. */
  async start(command: string, args: readonly string[], ready: string): Promise<void> {
    const child = spawn(command, args, { ...this.#environment, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    this.#closed = once(child, 'close');
    this.#said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    const isReady = () => {
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${this.#said}`);
      return this.#said.includes(ready);
    };
    await until(`${command} is ready`, isReady, patience);
  }

  /** Sends a signal, and waits for the end of the server and of its children. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal);
    await this.#closed;
  }

  /** Runs a client, or what makes the data, as the user of the server; returns its stdout. @throws Error with its words where it fails. */
  run(command: string, args: readonly string[], stdin = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { ...this.#environment, maxBuffer: 64 * 1024 * 1024 };
      const child = execFile(command, args, options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${command} ${args.join(' ')}: ${stderr || error.message}`));
      });
      // one that gives up before it has read all says why
      child.stdin?.on('error', () => undefined).end(stdin);
    });
  }
}
