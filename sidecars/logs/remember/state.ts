import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '#shared/durable.ts';
import { codeOf, Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { Part } from '#shared/health.ts';
import { acquireLock, type Lock, LockHeldError } from '#shared/lock.ts';
import type { Log } from '#shared/log.ts';
import { apportion, type Shares } from './apportion.ts';
import { type Account, deserialise, type Memory, serialise } from './position.ts';

/** Positions are written at most so often, in milliseconds, */
const leastPause = 200;
/** and at least so often, however long it takes, */
const mostPause = 5000;
/** and after a failure again after so long, doubling up to the second number. */
const retryPause = { least: 500, most: 10_000 };
/** What to tell where positions name no destination, and there are several. */
const unnamed =
  'positions of an older release name no destination, and LOGS_TO names several: each begins where LOGS_START says. To go on where the old one was, start once with that one alone in LOGS_TO';

/**
 * The state folder: `positions.json`, replaced as a whole, and a lock against a second sidecar.
 * Where it cannot be written, shipping goes on and the part `state` is degraded: a restart would then ship lines again.
 */
export class State {
  readonly #folder: string;
  readonly #part: Part;
  /** What was known when this sidecar began. */
  readonly #shares: Shares;
  readonly #current: () => readonly Account[];
  #lock: Lock | undefined;
  #dirty = false;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pause = leastPause;
  #writtenAt = Number.NEGATIVE_INFINITY;

  private constructor(folder: string, part: Part, shares: Shares, lock: Lock | undefined, current: () => readonly Account[]) {
    this.#folder = folder;
    this.#part = part;
    this.#shares = shares;
    this.#lock = lock;
    this.#current = current;
  }

  /**
   * Opens the folder. One that was asked for by name is made where it is missing; the default one is not, so that a run
   * outside of a container leaves nothing behind in the root folder.
   * @param names of the destinations.
   * @param current gives what is to be written of them.
   * @throws Exit where another sidecar holds the folder, or a newer release wrote it.
   */
  static open(
    { folder, make }: { readonly folder: string; readonly make: boolean },
    part: Part,
    log: Log,
    names: readonly string[],
    current: () => readonly Account[],
  ): State {
    let lock: Lock | undefined;
    let problem: unknown;
    try {
      if (make) mkdirSync(folder, { recursive: true });
      lock = lockFolder(folder);
    } catch (error) {
      if (error instanceof Exit) throw error;
      problem = error;
    }
    let accounts: readonly Account[] = [];
    try {
      // what cannot be written may still be read
      accounts = load(join(folder, 'positions.json'), log);
    } catch (error) {
      if (error instanceof Exit) throw error;
      problem ??= error;
    }
    if (problem === undefined) part.ok();
    else part.degraded(unwritable(folder, problem));
    const shares = apportion(accounts, names);
    if (shares.others.some(({ to }) => to === undefined)) log.warn(unnamed);
    return new State(folder, part, shares, lock, current);
  }

  /** What was known for a destination when this sidecar began. */
  memoryOf(name: string): Memory {
    const memory = this.#shares.byName.get(name);
    if (memory === undefined) throw new Error(`${name} is no destination`);
    return memory;
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
    // somebody else who waited began it
    else await this.#writing;
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
    const text = serialise([...this.#current(), ...this.#shares.others]);
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

/**
 * What a sidecar that has the folder remembers; it may be running.
 * @throws Exit where there is nothing that can be read.
 */
export function readPositions(folder: string): readonly Account[] {
  const path = join(folder, 'positions.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const next = 'name the folder that the sidecar uses by LOGS_STATE';
    if (codeOf(error) === 'ENOENT') throw new Exit(exitCode.failed, `${path} is not there: nothing was shipped yet; or ${next}`);
    throw new Exit(exitCode.failed, `${path} cannot be read: ${messageOf(error)}; ${next}`, { cause: error });
  }
  const accounts = deserialise(text, path);
  if (accounts === undefined)
    throw new Exit(exitCode.failed, `${path} is damaged: the next start puts it aside, and ships from where LOGS_START says`);
  return accounts;
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

function load(path: string, log: Log): readonly Account[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const accounts = deserialise(text, path);
  if (accounts !== undefined) return accounts;
  renameSync(path, `${path}.damaged`);
  log.error(`${path} is damaged and was put aside as positions.json.damaged: files are shipped again from where LOGS_START says`);
  return [];
}

function unwritable(folder: string, error: unknown): string {
  const missing = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be written (${messageOf(error)})`;
  return `LOGS_STATE=${folder} ${missing}: shipping goes on, but a restart ships lines again; mount a volume there that user ${process.getuid?.() ?? 'of this process'} may write`;
}
