import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A note as it is kept: its title in the database, its text in a file. */
export interface Note {
  readonly id: number;
  readonly title: string;
  readonly text: string;
}

/** Notes in a folder: a SQLite database that is open all the time, a file for each text, and a key that only the owner may read. */
export class Notes {
  /** Which notebook this is; made when it is used for the first time. */
  readonly key: string;
  readonly #texts: string;
  readonly #database: DatabaseSync;

  constructor(folder: string) {
    this.#texts = join(folder, 'texts');
    mkdirSync(this.#texts, { recursive: true });
    const key = join(folder, 'key');
    if (!existsSync(key)) writeFileSync(key, randomUUID(), { mode: 0o600 });
    this.key = readFileSync(key, 'utf8');
    this.#database = new DatabaseSync(join(folder, 'notes.db'));
    this.#database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, title TEXT)');
  }

  /** Keeps one, and returns its number. */
  add(title: string, text: string): number {
    const id = Number(this.#database.prepare('INSERT INTO notes (title) VALUES (?)').run(title).lastInsertRowid);
    writeFileSync(this.#file(id), text);
    return id;
  }

  /** All of them, the oldest first. */
  all(): Note[] {
    const rows = this.#database.prepare('SELECT id, title FROM notes ORDER BY id').all();
    return rows.map(({ id, title }) => ({
      id: Number(id),
      title: String(title),
      text: readFileSync(this.#file(Number(id)), 'utf8'),
    }));
  }

  close(): void {
    this.#database.close();
  }

  #file(id: number): string {
    return join(this.#texts, `${id}.txt`);
  }
}
