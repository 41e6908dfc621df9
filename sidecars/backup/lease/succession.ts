import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '#shared/durable.ts';
import { codeOf } from '#shared/exit.ts';
import { acquireLock, type Lock } from '#shared/lock.ts';

/** How many holders are remembered: a run has one in each store, and several runs may be killed before one takes their leases over. */
const most = 64;

/** What is noted beside the lock. */
interface Notes {
  /** Which start of which kernel the lock was held on. */
  readonly boot: string;
  /** How the leases are signed, the newest first. */
  readonly holders: readonly string[];
}

/**
 * Which runs are dead for certain: those that had the same state folder before. A run locks a file in that folder for as long as it lives, and
 * notes how its leases are signed. The kernel releases the lock with the process and not before; who gets it knows that whoever is noted
 * there has ended, however that was.
 *
 * What another start of a kernel has noted says nothing: over a network, where several hosts share a folder, a lock may hold on one of them alone.
 */
export class Succession {
  /** Of a run that has no state folder, or shares it with one that is under way: nobody is known to be dead. */
  static readonly none = new Succession(undefined, undefined, []);

  readonly #lock: Lock | undefined;
  readonly #notes: { readonly path: string; readonly boot: string } | undefined;
  readonly #dead: ReadonlySet<string>;
  #holders: readonly string[];

  private constructor(lock: Lock | undefined, notes: { path: string; boot: string } | undefined, dead: readonly string[]) {
    this.#lock = lock;
    this.#notes = notes;
    this.#dead = new Set(dead);
    this.#holders = dead;
  }

  /**
   * Takes the place of whoever had the folder before.
   * @throws LockHeldError where that one lives; the system's error where the folder cannot be used.
   */
  static async begin(folder: string): Promise<Succession> {
    const boot = bootOf();
    if (boot === undefined) return Succession.none;
    const lock = acquireLock(join(folder, 'run.lock'));
    try {
      const path = join(folder, 'run.json');
      const notes = await read(path);
      return new Succession(lock, { path, boot }, notes?.boot === boot ? notes.holders : []);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Whether a holder of a lease is dead for certain. */
  isDead(holder: string): boolean {
    return this.#dead.has(holder);
  }

  /** Notes how a lease is signed; to be done before it is written. @throws the system's error. */
  async note(holder: string): Promise<void> {
    if (this.#notes === undefined) return;
    const { path, boot } = this.#notes;
    this.#holders = [holder, ...this.#holders].slice(0, most);
    await replaceFile(path, `${JSON.stringify({ boot, holders: this.#holders } satisfies Notes)}\n`);
  }

  /** Makes way for the next one; to be done once nothing more is written. */
  end(): void {
    this.#lock?.release();
  }
}

/** Undefined where the system does not tell. */
function bootOf(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where there are none that can be read: they are replaced whole, and so this is none of ours. */
async function read(path: string): Promise<Notes | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { boot, holders } = JSON.parse(text) as Notes;
    const isList = Array.isArray(holders) && holders.every((holder) => typeof holder === 'string');
    return isList && typeof boot === 'string' ? { boot, holders } : undefined;
  } catch {
    return undefined;
  }
}
