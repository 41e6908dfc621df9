import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** One order, as it is kept. */
export interface Order {
  readonly id: number;
  readonly product: number;
  /** As an ISO 8601 date. */
  readonly time: string;
}

/** The name of the database in the shop's data folder. */
export const databaseName = 'orders.db';

/** The shop's orders, in a SQLite database that is in use all the time. */
export class Orders {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  /** How many there are. */
  count: number;

  /** Opens the database in a folder, and makes it where it is missing. @throws the system's error, or SQLite's. */
  constructor(folder: string) {
    this.#database = new DatabaseSync(join(folder, databaseName), { timeout: 5000 });
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    this.#database.exec(
      'CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, product INTEGER NOT NULL, time TEXT NOT NULL)',
    );
    this.#insert = this.#database.prepare('INSERT INTO orders (product, time) VALUES (?, ?)');
    this.count = Number(this.#database.prepare('SELECT count(*) AS count FROM orders').get()?.count);
  }

  /** Keeps one, and returns its number. @throws SQLite's error, such as a full disk. */
  add(product: number, time: Date): number {
    const { lastInsertRowid } = this.#insert.run(product, time.toISOString());
    this.count += 1;
    return Number(lastInsertRowid);
  }

  /** All that was logged ahead goes into the one file. */
  close(): void {
    this.#database.close();
  }
}

/** All orders of a database that nobody writes to, as it is or as it was restored. @throws SQLite's error where it is none, or is damaged. */
export function ordersIn(folder: string): Order[] {
  const database = new DatabaseSync(join(folder, databaseName), { readOnly: true });
  try {
    const sound = database.prepare('PRAGMA integrity_check').get()?.integrity_check;
    if (sound !== 'ok') throw new Error(`${join(folder, databaseName)} is damaged: ${sound}`);
    return database
      .prepare('SELECT id, product, time FROM orders ORDER BY id')
      .all()
      .map(({ id, product, time }) => ({ id: Number(id), product: Number(product), time: String(time) }));
  } finally {
    database.close();
  }
}
