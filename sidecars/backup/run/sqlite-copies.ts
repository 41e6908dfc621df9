import type { Packed, Packer } from '../archive/packer.ts';
import { Companions, hasPendingChanges, mayBeSqlite, readSqliteHeader } from '../sources/sqlite.ts';
import { copySqlite, SqliteError } from '../sources/sqlite-copy.ts';
import type { Found } from '../sources/walk.ts';
import type { Tally } from './tally.ts';

/** How long a database that its application holds for itself is waited for, in ms. */
const patience = 10_000;

/** Databases of SQLite in the sources: each is stored as a consistent copy, without the files beside it. */
export class SqliteCopies {
  readonly #folder: string;
  readonly #tally: Tally;
  readonly #signal: AbortSignal;
  readonly #companions = new Companions();

  /** @param folder for the copies, one at a time. */
  constructor(folder: string, tally: Tally, signal: AbortSignal) {
    this.#folder = folder;
    this.#tally = tally;
    this.#signal = signal;
  }

  /** Whether this is a file beside a database that was copied: it belongs to the original, and would damage the copy. */
  belongsToCopy({ entry }: Found): boolean {
    return this.#companions.has(entry.name);
  }

  /** Whether a database may have changed though its file did not: changes wait beside it first. */
  mayHaveChanged({ entry, path }: Found): boolean {
    return mayBeSqlite(entry) && hasPendingChanges(path);
  }

  /** Stores a copy of a database; undefined where this is none, or has to be stored as it is, which is then told. */
  pack(found: Found, packer: Packer): Promise<Packed | undefined> | undefined {
    const { entry, path } = found;
    if (!mayBeSqlite(entry) || entry.type !== 'file' || readSqliteHeader(path) === undefined) return undefined;
    return this.#packCopy(found, packer);
  }

  async #packCopy({ entry, path }: Found, packer: Packer): Promise<Packed | undefined> {
    try {
      const copy = await copySqlite(path, { folder: this.#folder, patience, signal: this.#signal });
      // it has no changes beside it, and nobody has it open
      if (copy === undefined) return undefined;
      try {
        const packed = await packer.addCopy(entry, Buffer.from(copy.path));
        this.#companions.copied(entry.name);
        // the next run compares with the database itself, and not with its copy
        return { ...packed, entry };
      } finally {
        await copy.remove();
      }
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error;
      this.#tally.warn(`${error.message}; it is stored as it was found, and may not be whole`);
      return undefined;
    }
  }
}
