import type { TableRow } from './catalogue.ts';

/** A table that a dump reads at the moment: https://www.postgresql.org/docs/current/progress-reporting.html#COPY-PROGRESS-REPORTING */
export interface CopyRow {
  readonly oid: string;
  readonly rows: string;
}

interface Table {
  readonly bytes: number;
  /** How many rows it has, as far as the server has estimated; not more than 0 where it has not. */
  readonly rows: number;
}

/** How far a dump is, told by the tables that it was seen to read, each counted with its size on the server. */
export class CopyProgress {
  /** Bytes of all tables. */
  readonly total: number;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #seen = new Set<string>();
  #current = 0;
  #done = 0;

  constructor(tables: readonly TableRow[]) {
    this.#tables = new Map(tables.map(({ oid, bytes, rows }) => [oid, { bytes: Number(bytes), rows: Number(rows) }]));
    this.total = [...this.#tables.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** What the server tells at the moment. */
  see(reading: readonly CopyRow[]): void {
    const now = new Set(reading.map(({ oid }) => oid));
    for (const oid of this.#seen) {
      if (now.has(oid)) continue;
      this.#seen.delete(oid);
      this.#done += this.#tables.get(oid)?.bytes ?? 0;
    }
    this.#current = 0;
    for (const { oid, rows } of reading) {
      const table = this.#tables.get(oid);
      if (table === undefined) continue;
      this.#seen.add(oid);
      this.#current += table.rows > 0 ? Math.min(1, Number(rows) / table.rows) * table.bytes : 0;
    }
  }

  /** How many bytes of the tables are read, about. */
  get bytes(): number {
    return Math.min(this.total, this.#done + this.#current);
  }
}
