import { accessSync, closeSync, constants, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/** A held lock. The kernel releases it with the process, however that ends. */
export interface Lock {
  /** Releases the lock; the file stays. A second call does nothing. */
  release(): void;
}

/** Another process, or another part of this one, holds the lock. */
export class LockHeldError extends Error {
  override readonly name = 'LockHeldError';
}

/** SQLITE_BUSY of https://sqlite.org/rescode.html */
const BUSY = 5;

/**
 * Takes the lock that a file stands for, or fails at once. The file is made where it is missing, stays empty, and is never removed:
 * a lock on a removed file would exclude nobody.
 *
 * It holds against every process of this kernel, so also between containers that share a volume;
 * docs/decisions/010-lock.md tells why it is made with SQLite.
 * Nothing else in this process may open the file meanwhile: closing it would release the lock (fcntl_locking(2)).
 * @throws LockHeldError where it is held already; the system's error (EACCES, EROFS, ENOENT …) where the file cannot be made or written.
 */
export function acquireLock(path: string): Lock {
  // Only a sidecar that locks something pays for loading SQLite.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    // What SQLite may only read it locks for reading, without a word, and that excludes nobody.
    accessSync(path, constants.W_OK);
  } catch (error) {
    database?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === BUSY)
      throw new LockHeldError(`${path} is locked by another process`);
    throw systemError(path) ?? error;
  }
  const lock = { database };
  held.add(lock);
  return {
    release: () => {
      if (held.delete(lock)) lock.database.close();
    },
  };
}

/** Without this a lock whose owner forgot it could be collected as garbage, and so released. */
const held = new Set<object>();

/** SQLite says only that it cannot open or write a file; opening it ourselves tells why. Nothing is locked at this point. */
function systemError(path: string): unknown {
  try {
    closeSync(openSync(path, 'a+'));
    return undefined;
  } catch (error) {
    return error;
  }
}
