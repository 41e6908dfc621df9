import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { ByteSource } from '../bytes.ts';

/** How much of what a program says on its standard error is kept: its end, in characters. */
const mostSaid = 16_384;
/** How long a program that was told to stop may take to do so, in ms. */
const patience = 5000;

/** How a program ended. */
export interface ProgramEnd {
  /** Its exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it said on its standard error. */
  readonly said: string;
}

/** A client program of a database: where its bytes come from and go to. */
export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** A client program of a database while it runs. It is told to stop when the signal aborts, and killed where it does not. */
export class Program {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves once it is gone and its output is read. @throws Error where it cannot be started. */
  readonly ended: Promise<ProgramEnd>;
  readonly #child: ChildProcess;

  constructor(command: string, args: readonly string[], { env, signal }: ProgramOptions) {
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    // who writes to it hears of that by its end
    child.stdin.on('error', () => {});
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-mostSaid);
    });
    const stop = () => this.stop();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    this.ended = new Promise<ProgramEnd>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, said: said.trim() }));
    }).finally(() => signal.removeEventListener('abort', stop));
    // it is awaited later: that it cannot be started must not end us before
    this.ended.catch(() => {});
  }

  /**
   * Gives it what it reads, until it has what it wanted, or has failed. What is cut off is not ended: it is stopped, as it might act upon it.
   * @returns how it ended. @throws whatever the source fails with.
   */
  async feed(source: ByteSource): Promise<ProgramEnd> {
    const { stdin, ended } = this;
    let over = false;
    const end = ended.finally(() => {
      over = true;
    });
    end.catch(() => {});
    try {
      for await (const chunk of source) {
        if (over || stdin.destroyed) break;
        if (stdin.write(chunk)) continue;
        await Promise.race([new Promise<void>((resolve) => stdin.once('drain', resolve)), end.catch(() => {})]);
      }
      stdin.end();
    } catch (error) {
      this.stop();
      await end.catch(() => {});
      throw error;
    }
    return end;
  }

  /** Tells it to stop, and kills it where it does not. */
  stop(): void {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    timer.unref();
    this.#child.once('exit', () => clearTimeout(timer));
  }
}

/** Runs a program that takes nothing and says little. @throws Error where it cannot be started. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramEnd & { readonly stdout: string }> {
  const program = new Program(command, args, options);
  program.stdin.end();
  let stdout = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  return { ...(await program.ended), stdout };
}

/** Why a program did not do its work, in words; undefined where it did. */
export function whyFailed(name: string, { code, signal, said }: ProgramEnd): string | undefined {
  if (code === 0) return undefined;
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return `${name} ended ${how}${said === '' ? '' : `: ${said.replaceAll(/\s*\n\s*/g, '; ')}`}`;
}

/** Whether there is a program at a path that we may run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
