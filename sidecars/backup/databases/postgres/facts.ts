import type { TableFacts } from '../facts.ts';
import { type TableRow, tablesQuery } from './catalogue.ts';
import type { Session } from './client.ts';

/** What is looked at beside the tables. */
export interface FactsOptions {
  /** Whether values are looked at, and not only the number of rows. */
  readonly checksums: boolean;
  /** Tables that are only named, as they may be others by now. */
  readonly uncounted?: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Under this name large objects are counted, as if they were a table. */
const largeObjects = '(large objects)';

/**
 * What every table holds, as this session sees it. A checksum is the sum of a hash of each row's text, so that the order of rows, which no
 * dump keeps, does not matter, and one row more or less does.
 * @throws DatabaseError; the signal's reason.
 */
export async function factsOf(session: Session, { checksums, uncounted, signal }: FactsOptions): Promise<TableFacts[]> {
  const facts: TableFacts[] = [];
  const listed = checksums ? await session.rows<Columns>(columnsQuery) : [];
  const columns = new Map(listed.map(({ oid, list }) => [oid, list]));
  for (const { oid, name } of await session.rows<TableRow>(tablesQuery)) {
    signal.throwIfAborted();
    if (uncounted?.has(name)) {
      facts.push({ table: name, rows: null, checksum: null });
      continue;
    }
    const row = `row(${columns.get(oid) ?? ''})`;
    const sum = checksums ? `, coalesce(sum(pg_catalog.hashtextextended(${row}::text, 0)), 0)::text as checksum` : '';
    const { rows, checksum = null } = await session.row<{ rows: string; checksum?: string }>(
      `select count(*)::text as rows${sum} from only ${name} as x`,
    );
    facts.push({ table: name, rows, checksum });
  }
  signal.throwIfAborted();
  const objects = await factsOfLargeObjects(session, checksums);
  return objects === undefined ? facts : [...facts, objects];
}

/** The columns of a table, as SQL writes them. */
interface Columns {
  readonly oid: string;
  readonly list: string;
}

// by name: a table that inherits has its columns in another order once it is restored
const columnsQuery = `
  select a.attrelid::text as oid, pg_catalog.string_agg(pg_catalog.format('x.%I', a.attname), ', ' order by a.attname collate "C") as list
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
  where a.attnum > 0 and not a.attisdropped and c.relkind = 'r' group by a.attrelid`;

/** Their content is for superusers alone, or who was given pg_largeobject; others count them. */
async function factsOfLargeObjects(session: Session, checksums: boolean): Promise<TableFacts | undefined> {
  const { rows, readable } = await session.row<{ rows: string; readable: boolean }>(
    `select (select count(*) from pg_catalog.pg_largeobject_metadata)::text as rows,
       pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT') as readable`,
  );
  if (rows === '0') return undefined;
  if (!checksums || !readable) return { table: largeObjects, rows, checksum: null };
  const { checksum } = await session.row<{ checksum: string }>(
    `select coalesce(sum(pg_catalog.hashtextextended((x.*)::text, 0)), 0)::text as checksum from pg_catalog.pg_largeobject as x`,
  );
  return { table: largeObjects, rows, checksum };
}
