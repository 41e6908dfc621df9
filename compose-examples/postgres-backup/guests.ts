import pg from 'pg';

/** Somebody who was here. */
export interface Guest {
  readonly id: number;
  readonly name: string;
  readonly word: string;
}

/** The guests, in a table of PostgreSQL; where that is, PGHOST and the others of its kind say. */
export class Guests {
  readonly #pool: pg.Pool;

  private constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  static async open(): Promise<Guests> {
    const pool = new pg.Pool({ max: 4 });
    // a server that restarts ends connections that nobody uses
    pool.on('error', (error) => console.error(String(error)));
    await pool.query('CREATE TABLE IF NOT EXISTS guests (id serial PRIMARY KEY, name text NOT NULL, word text NOT NULL)');
    return new Guests(pool);
  }

  /** Writes one down, and returns the number. */
  async add(name: string, word: string): Promise<number> {
    const { rows } = await this.#pool.query<{ id: number }>('INSERT INTO guests (name, word) VALUES ($1, $2) RETURNING id', [
      name,
      word,
    ]);
    return rows[0]?.id ?? Number.NaN;
  }

  /** All of them, the first one first. */
  async all(): Promise<Guest[]> {
    return (await this.#pool.query<Guest>('SELECT id, name, word FROM guests ORDER BY id')).rows;
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
