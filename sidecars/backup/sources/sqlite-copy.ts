import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { messageOf } from '#shared/exit.ts';
import { sleep } from '#shared/retry.ts';
import { readSqliteHeader, writeAheadLog } from './sqlite.ts';

/** Why a database was not copied. The plain file is then the best there is; its companions belong beside it. */
export type SqliteFailure =
  /** The temporary folder has no room, or cannot be written. */
  | 'no-room'
  /** Its application ended without bringing in its last changes, and to do that takes somebody who may write. */
  | 'read-only'
  /** Somebody held it for themselves all the time. */
  | 'locked'
  /** It is damaged, or cannot be read. */
  | 'unreadable';

/** A database that could not be copied. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  readonly failure: SqliteFailure;

  constructor(failure: SqliteFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** How a copy is made. */
export interface SqliteCopyOptions {
  /** Where a folder for it is made: BACKUP_TMP. */
  readonly folder: string;
  /** How long to wait while somebody holds the database for themselves, in milliseconds. */
  readonly patience: number;
  readonly signal: AbortSignal;
}

/** A consistent copy in a file of its own, which needs no other file beside it. */
export interface SqliteCopy {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Removes it. */
  remove(): Promise<void>;
}

/** How much is copied between two looks at the signal, in bytes. */
const stepBytes = 2 ** 24;
/** How long to wait before a lock is asked for again, in milliseconds. */
const lockPause = 50;
const moreRoom = 'make room there, or set BACKUP_TMP to another folder';

/**
 * Copies a SQLite database as it is at one moment, whoever writes to it: through one read transaction, which SQLite's own backup then reads in.
 * In WAL mode nobody waits for it; otherwise writers wait, as they do for every reader.
 * @param path of a file that {@link readSqliteHeader} knows.
 * @returns undefined where no copy is needed: it is in WAL mode and nobody has it open, so that the file is all there is. It is then not opened,
 *   as that would make files beside it which belong to our user.
 * @throws SqliteError where there is none; nothing is left of it then. The signal's reason.
 */
export async function copySqlite(path: Buffer, options: SqliteCopyOptions): Promise<SqliteCopy | undefined> {
  const { folder, signal } = options;
  signal.throwIfAborted();
  const header = readSqliteHeader(path);
  if (header === undefined) throw new SqliteError('unreadable', `${path} cannot be read as a SQLite database`);
  if (header.writeAhead && writeAheadLog(path) === undefined) return undefined;
  await requireRoom(path, folder);
  // only a run that comes by a database pays for loading SQLite
  const { DatabaseSync, backup } = process.getBuiltinModule('node:sqlite');
  const home = await makeHome(folder, path);
  const remove = () => rm(home, { recursive: true, force: true });
  const target = join(home, 'copy.sqlite');
  let source: DatabaseSync | undefined;
  let copying = false;
  try {
    source = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    await pin(source, path, options);
    const rate = Math.max(1, Math.floor(stepBytes / header.pageSize));
    copying = true;
    await backup(source, target, { rate, progress: () => signal.throwIfAborted() });
    source.close();
    return { path: target, size: (await stat(target)).size, remove };
  } catch (error) {
    if (source?.isOpen) source.close();
    await remove();
    signal.throwIfAborted();
    if (error instanceof SqliteError) throw error;
    throw copying ? explainCopying(path, folder, error) : explain(path, error);
  }
}

/** Begins to read at one moment, and stays there: without that the backup starts anew whenever somebody writes. */
async function pin(source: DatabaseSync, path: Buffer, { patience, signal }: SqliteCopyOptions): Promise<void> {
  for (const end = performance.now() + patience; ; ) {
    try {
      source.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
      return;
    } catch (error) {
      if (source.isTransaction) source.exec('ROLLBACK');
      if (!isBusy(error)) throw error;
      if (performance.now() >= end)
        throw new SqliteError('locked', `${path} is locked by its application, and was not let go within ${patience / 1000} s`);
    }
    await sleep(lockPause, signal);
    signal.throwIfAborted();
  }
}

async function requireRoom(path: Buffer, folder: string): Promise<void> {
  try {
    const [{ size }, { bavail, bsize }] = await Promise.all([stat(path), statfs(folder)]);
    if (size <= bavail * bsize) return;
    throw new SqliteError('no-room', `${folder} has no room for a copy of ${path}, which is ${size} bytes; ${moreRoom}`);
  } catch (error) {
    throw error instanceof SqliteError
      ? error
      : new SqliteError('no-room', `no copy of ${path} can be made in ${folder}: ${messageOf(error)}; ${moreRoom}`, {
          cause: error,
        });
  }
}

async function makeHome(folder: string, path: Buffer): Promise<string> {
  try {
    return await mkdtemp(join(folder, 'sidekick-sqlite-'));
  } catch (error) {
    throw new SqliteError(
      'no-room',
      `no copy of ${path} can be made in ${folder}: ${messageOf(error)}; set BACKUP_TMP to a folder that can be written`,
      { cause: error },
    );
  }
}

/** Primary result codes: https://sqlite.org/rescode.html */
const codes = { BUSY: 5, LOCKED: 6, READONLY: 8, IOERR: 10, FULL: 13, CANTOPEN: 14 } as const;

function codeOf(error: unknown): number | undefined {
  // the upper bits tell more, and nothing that is acted on
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

function isBusy(error: unknown): boolean {
  return codeOf(error) === codes.BUSY || codeOf(error) === codes.LOCKED;
}

/** The database could be read at its beginning: what it then lacks is a place for the copy, room or a free inode, unless its own disk fails. */
function explainCopying(path: Buffer, folder: string, error: unknown): SqliteError {
  const code = codeOf(error);
  if (code === codes.FULL)
    return new SqliteError('no-room', `${folder} has no room for a copy of ${path}; ${moreRoom}`, { cause: error });
  if (code !== codes.CANTOPEN && code !== codes.IOERR && code !== codes.READONLY) return explain(path, error);
  const told = `no copy of ${path} can be made in ${folder}: ${messageOf(error)}; look for free room and inodes there, or set BACKUP_TMP to another folder`;
  return new SqliteError('no-room', told, { cause: error });
}

function explain(path: Buffer, error: unknown): SqliteError {
  const code = codeOf(error);
  const of = (failure: SqliteFailure, message: string) => new SqliteError(failure, message, { cause: error });
  if (code === codes.READONLY || code === codes.CANTOPEN)
    return of(
      'read-only',
      `${path} has changes beside it that only a writer can bring in: ${messageOf(error)}; start its application once`,
    );
  if (isBusy(error)) return of('locked', `${path} is locked by its application: ${messageOf(error)}`);
  return of('unreadable', `${path} cannot be copied as a SQLite database: ${messageOf(error)}`);
}
