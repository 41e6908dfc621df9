import { lstatSync, rmSync } from 'node:fs';
import { mayBeSqlite, readSqliteHeader } from '../sources/sqlite.ts';

const suffixes = ['-wal', '-shm', '-journal'].map((suffix) => Buffer.from(suffix));

/**
 * The files beside databases of SQLite that a restore finds where it restores to, and that are not in the backup. An application that was killed
 * has left them; when it opens the restored database, SQLite would bring in their changes, and so undo the restore. They go with the database
 * that they belonged to.
 */
export class StaleCompanions {
  readonly #root: Buffer;
  /** Databases, perhaps, that have such files beside them. */
  readonly #beside: Buffer[] = [];
  /** Files of such names that the backup has itself. */
  readonly #restored = new Set<string>();

  constructor(to: string) {
    this.#root = Buffer.from(to.endsWith('/') ? to : `${to}/`);
  }

  /** An entry is about to be restored. */
  entry({ name, type, size }: { readonly name: Buffer; readonly type: string; readonly size: number }): void {
    if (suffixes.some((suffix) => name.subarray(-suffix.length).equals(suffix))) this.#restored.add(name.toString('latin1'));
    if (type !== 'file' || !mayBeSqlite({ type, size })) return;
    const path = this.#pathOf(name);
    if (suffixes.some((suffix) => isFile(Buffer.concat([path, suffix])))) this.#beside.push(Buffer.from(name));
  }

  /** All is restored: removes what would undo it. @returns the names of the files that went. */
  remove(): Buffer[] {
    const gone: Buffer[] = [];
    for (const name of this.#beside) {
      if (readSqliteHeader(this.#pathOf(name)) === undefined) continue;
      for (const suffix of suffixes) {
        const companion = Buffer.concat([name, suffix]);
        const path = this.#pathOf(companion);
        if (this.#restored.has(companion.toString('latin1')) || !isFile(path)) continue;
        rmSync(path);
        gone.push(companion);
      }
    }
    return gone;
  }

  #pathOf(name: Buffer): Buffer {
    return Buffer.concat([this.#root, name]);
  }
}

function isFile(path: Buffer): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
