import type { ByteSource } from '../bytes.ts';

/** What a table held at one moment. */
export interface TableFacts {
  /** As SQL writes it, with its schema: `public.orders`. */
  readonly table: string;
  /** In decimal digits; null where they could not be counted in the state that was dumped. */
  readonly rows: string | null;
  /** Of all values, whatever the order of the rows, in decimal digits; null where only the rows were counted. */
  readonly checksum: string | null;
}

/** Writes facts as they are stored: a line of JSON for each table. */
export function writeFacts(facts: readonly TableFacts[]): Uint8Array {
  return Buffer.from(facts.map((fact) => `${JSON.stringify(fact)}\n`).join(''));
}

/** Reads what {@link writeFacts} wrote. @throws SyntaxError; whatever the source fails with. */
export async function readFacts(source: ByteSource): Promise<TableFacts[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as TableFacts);
}

/** A table that is not what it was. */
export interface TableDifference {
  readonly table: string;
  readonly what: string;
}

/** What differs between what tables held when they were saved, and what they hold now. */
export function compareFacts(saved: readonly TableFacts[], restored: readonly TableFacts[]): TableDifference[] {
  const now = new Map(restored.map((fact) => [fact.table, fact]));
  const differences = saved.flatMap(({ table, rows, checksum }): TableDifference[] => {
    const found = now.get(table);
    now.delete(table);
    if (found === undefined) return [{ table, what: 'is missing' }];
    if (rows === null) return [];
    if (found.rows !== rows) return [{ table, what: `has ${found.rows} rows, and had ${rows}` }];
    if (checksum !== null && found.checksum !== null && found.checksum !== checksum)
      return [{ table, what: `has as many rows (${rows}), and other values` }];
    return [];
  });
  return [...differences, ...[...now.keys()].map((table) => ({ table, what: 'was not there' }))];
}
