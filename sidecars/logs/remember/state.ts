import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '#shared/durable.ts';
import { codeOf, Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { Part } from '#shared/health.ts';
import { acquireLock, type Lock, LockHeldError } from '#shared/lock.ts';
import type { Log } from '#shared/log.ts';
import { deserialise, type Memory, serialise } from './position.ts';

const nothing: Memory = { scannedAt: 0, positions: [] };
/** Positions are written at most so often, in milliseconds, */
const leastPause = 200;
/** and at least so often, however long it takes, */
const mostPause = 5000;
/** and after a failure again after so long, doubling up to the second number. */
const retryPause = { least: 500, most: 10_000 };

/**
 * The state folder: `positions.json`, replaced as a whole, and a lock against a second sidecar.
 * Where it cannot be written, shipping goes on and the part `state` is degraded: a restart would then ship lines again.
 */
export class State {
  /** What was known when this sidecar began. */
  readonly memory: Memory;
  readonly #folder: string;
  readonly #part: Part;
  readonly #current: () => Memory;
  #lock: Lock | undefined;
  #dirty = false;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pause = leastPause;
  #writtenAt = Number.NEGATIVE_INFINITY;

  private constructor(folder: string, part: Part, memory: Memory, lock: Lock | undefined, current: () => Memory) {
    this.#folder = folder;
    this.#part = part;
    this.memory = memory;
    this.#lock = lock;
    this.#current = current;
  }

  /**
   * Opens the folder. One that was asked for by name is made where it is missing; the default one is not, so that a run
   * outside of a container leaves nothing behind in the root folder.
   * @param current gives what is to be written.
   * @throws Exit where another sidecar holds the folder, or a newer release wrote it.
   */
  static open(folder: string, make: boolean, part: Part, log: Log, current: (memory: Memory) => Memory): State {
    let lock: Lock | undefined;
    let problem: unknown;
    try {
      if (make) mkdirSync(folder, { recursive: true });
      lock = lockFolder(folder);
    } catch (error) {
      if (error instanceof Exit) throw error;
      problem = error;
    }
    let memory = nothing;
    try {
      // what cannot be written may still be read
      memory = load(join(folder, 'positions.json'), log);
    } catch (error) {
      if (error instanceof Exit) throw error;
      problem ??= error;
    }
    if (problem === undefined) part.ok();
    else part.degraded(unwritable(folder, problem));
    return new State(folder, part, memory, lock, () => current(memory));
  }

  /** Says that something is to be written: at once, or when the last writing is long enough ago. */
  touch(): void {
    this.#dirty = true;
    if (this.#writing !== undefined) return;
    this.#timer ??= setTimeout(() => void this.#write(), Math.max(0, this.#writtenAt + this.#pause - performance.now()));
  }

  /** Writes what is to be written now. @returns whether everything is on the disk. */
  async flush(): Promise<boolean> {
    await this.#writing;
    if (this.#dirty) await this.#write();
    return !this.#dirty;
  }

  /** Lets the folder go. */
  close(): void {
    clearTimeout(this.#timer);
    this.#lock?.release();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dirty = false;
    this.#writing = this.#replace().then(
      (milliseconds) => {
        // with ten thousand files the text takes a while to make: it may have a twentieth of the time
        this.#pause = Math.min(mostPause, Math.max(leastPause, 20 * milliseconds));
        this.#part.ok();
      },
      (error: unknown) => {
        this.#pause = Math.min(retryPause.most, Math.max(retryPause.least, 2 * this.#pause));
        this.#part.degraded(unwritable(this.#folder, error));
        this.#dirty = true;
      },
    );
    await this.#writing;
    this.#writing = undefined;
    this.#writtenAt = performance.now();
    if (this.#dirty) this.touch();
  }

  /** @returns for how long it held the event loop, in milliseconds. */
  async #replace(): Promise<number> {
    const began = performance.now();
    this.#lock ??= lockFolder(this.#folder);
    const text = serialise(this.#current());
    const milliseconds = performance.now() - began;
    await replaceFile(join(this.#folder, 'positions.json'), text);
    return milliseconds;
  }
}

/**
 * Whether the folder could be used, for `--check`: changes nothing.
 * @param make whether a run would make it.
 * @returns what is wrong, or undefined.
 */
export function inspectState(folder: string, make: boolean): string | undefined {
  try {
    const parent = make ? nearestExisting(folder) : folder;
    if (!statSync(parent).isDirectory())
      return `LOGS_STATE=${folder}: ${parent} is not a folder; name one that this user may write`;
    accessSync(parent, constants.W_OK);
    return undefined;
  } catch (error) {
    return unwritable(folder, error);
  }
}

/** The path itself, or the nearest folder above it that is there. */
function nearestExisting(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : nearestExisting(dirname(path));
}

function lockFolder(folder: string): Lock {
  try {
    return acquireLock(join(folder, 'lock'));
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new Exit(
      exitCode.settings,
      `LOGS_STATE=${folder} is in use by another logs sidecar; give each one a folder of its own`,
      { cause: error },
    );
  }
}

function load(path: string, log: Log): Memory {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return nothing;
    throw error;
  }
  const memory = deserialise(text, path);
  if (memory !== undefined) return memory;
  renameSync(path, `${path}.damaged`);
  log.error(`${path} is damaged and was put aside as positions.json.damaged: files are shipped again from where LOGS_START says`);
  return nothing;
}

function unwritable(folder: string, error: unknown): string {
  const missing = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be written (${messageOf(error)})`;
  return `LOGS_STATE=${folder} ${missing}: shipping goes on, but a restart ships lines again; mount a volume there that user ${process.getuid?.() ?? 'of this process'} may write`;
}
