import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { atEnd, type Lifetime } from './at-end.ts';
import { until } from './until.ts';

/** How a process ended. */
export interface Ended {
  /** The exit code, or null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sidecar that runs as a process of its own, from its source. */
export class SidecarProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout: this.stdout, stderr: this.stderr }));
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  /** Everything it said of itself, one object for each line of its log on either stream. */
  get log(): Record<string, unknown>[] {
    const lines = `${this.stdout}\n${this.stderr}`.split('\n').filter((line) => line.startsWith('{"level"'));
    return lines.map((line) => JSON.parse(line));
  }

  /** Waits until it logs an entry whose message holds `text`; fails where it ends before. */
  async says(text: string): Promise<void> {
    await until(`the log says "${text}"`, () => {
      if (this.log.some((entry) => String(entry.msg).includes(text))) return true;
      if (this.child.exitCode !== null)
        throw new Error(`it ended with ${this.child.exitCode} before it said "${text}":\n${this.stderr}`);
      return false;
    });
  }

  /** The address of its admin server, once it listens; start it with `ADMIN: '127.0.0.1:0'`. */
  async admin(): Promise<string> {
    await this.says('started');
    return String(this.log.find((entry) => entry.msg === 'started')?.admin);
  }
}

/**
 * Starts a sidecar with a clean environment: only PATH, what is given, and no admin server unless it is asked for.
 * It is killed when the test ends.
 */
export function startSidecar(
  t: Lifetime,
  name: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): SidecarProcess {
  const main = fileURLToPath(new URL(`../../sidecars/${name}/main.ts`, import.meta.url));
  const admin = `${name.toUpperCase()}_ADMIN`;
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, [admin]: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const sidecar = new SidecarProcess(child);
  atEnd(t, () => sidecar.stop('SIGKILL'));
  return sidecar;
}

/** Runs a sidecar to its end. */
export async function runSidecar(
  t: Lifetime,
  name: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Ended> {
  return startSidecar(t, name, env, args).ended;
}
