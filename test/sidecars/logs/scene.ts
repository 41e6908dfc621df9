import { appendFileSync, closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lifetime } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { type SidecarProcess, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';

/** A folder of log files, a receiver, and the sidecar between the two. */
export interface Scene {
  /** Where the log files are. */
  readonly folder: string;
  readonly receiver: Receiver;
  /** Settings that every start of the sidecar in this scene has. */
  readonly env: Record<string, string>;
  /** The path of a log file. */
  readonly path: (name: string) => string;
  /** Starts the sidecar, or starts it again on the same state; `more` settings go before those of the scene. */
  readonly start: (more?: Readonly<Record<string, string>>, args?: readonly string[]) => SidecarProcess;
}

/** Makes a scene whose sidecar follows `glob` in the folder. Nothing runs yet but the receiver. */
export async function scene(t: Lifetime, glob = '*.log', more: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const folder = temporaryFolder(t);
  const receiver = await Receiver.start(t);
  const env = {
    LOGS_PATHS: join(folder, glob),
    LOGS_TO: receiver.url,
    LOGS_STATE: temporaryFolder(t),
    LOGS_FLUSH: '20ms',
    LOGS_LINGER: '1s',
    ...more,
  };
  return {
    folder,
    receiver,
    env,
    path: (name) => join(folder, name),
    start: (added = {}, args = []) => startSidecar(t, 'logs', { ...env, ...added }, args),
  };
}

/** Writes numbered lines, as an application does that keeps its file open until it is told to open it again. */
export class Application {
  readonly path: string;
  /** Every line that was written. */
  readonly written: string[] = [];
  #fd: number;

  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'a');
  }

  /** Appends `count` lines, each different from all others. */
  write(count: number, fd = this.#fd): void {
    const lines = Array.from(
      { length: count },
      (_, index) => `line ${this.written.length + index} of ${this.path} ${'x'.repeat(index % 50)}`,
    );
    writeSync(fd, `${lines.join('\n')}\n`);
    this.written.push(...lines);
  }

  /** Renames the file to `to` and opens a new one under its name. @returns the descriptor of the old one, to write late lines. */
  rotate(to: string): number {
    renameSync(this.path, to);
    const old = this.#fd;
    this.#fd = openSync(this.path, 'a');
    return old;
  }

  /** Renames app.log.1 to app.log.2 and so on, then rotates to app.log.1, as logrotate does. */
  rotateAll(generations: number): number {
    for (let number = generations; number >= 1; number -= 1) {
      try {
        renameSync(`${this.path}.${number}`, `${this.path}.${number + 1}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return this.rotate(`${this.path}.1`);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Appends text to a file, as a program does that opens it for each write. */
export function append(path: string, text: string | Uint8Array): void {
  appendFileSync(path, text);
}

/** Cuts a file to nothing in place, and at once gives it new content. */
export function truncateAndWrite(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'w' });
}

/** How received lines compare with written ones. */
export interface Comparison {
  readonly lost: string[];
  readonly duplicates: number;
  readonly unknown: string[];
}

/** Holds what arrived against what was written; written lines are all different. */
export function compare(written: readonly string[], received: readonly string[]): Comparison {
  const expected = new Set(written);
  const seen = new Set(received);
  return {
    lost: written.filter((line) => !seen.has(line)),
    duplicates: received.length - seen.size,
    unknown: [...seen].filter((line) => !expected.has(line)),
  };
}

/** Nothing lost, nothing twice, nothing that was never written. */
export const exact: Comparison = { lost: [], duplicates: 0, unknown: [] };

/** Waits long enough for a sidecar to send what it must not send: a negative has no event to wait for. */
export function settle(): Promise<void> {
  return pause(700);
}
