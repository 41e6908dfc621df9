import type { TableFacts } from '../facts.ts';
import { tablesOf } from './catalogue.ts';
import { literal, quoted } from './literal.ts';
import type { Session } from './session.ts';

/**
 * What every table holds, as this session sees it. A checksum is the sum of a hash of each row, so that the order of rows, which no dump
 * keeps, does not matter, and one row more or less does. Tables without transactions are left out: they go on while a dump reads them.
 * @param checksums whether values are looked at, and not only the number of rows. @throws DatabaseError; the reason of the session's signal.
 */
export async function factsOf(session: Session, database: string, checksums: boolean): Promise<TableFacts[]> {
  const facts: TableFacts[] = [];
  for (const { name, transactional } of await tablesOf(session, database))
    if (transactional) facts.push(await factsOfTable(session, database, name, checksums));
  return facts;
}

async function factsOfTable(session: Session, database: string, table: string, checksums: boolean): Promise<TableFacts> {
  const from = `from ${quoted(database)}.${quoted(table)}`;
  if (!checksums) {
    const { rows } = await session.row(['rows'], `select count(*) ${from}`);
    return { table, rows, checksum: null };
  }
  const columns = await session.rows(`
    select column_name, lower(data_type) from information_schema.columns
    where table_schema = ${literal(database)} and table_name = ${literal(table)} and ifnull(generation_expression, '') = ''
    order by ordinal_position`);
  const row = rowText(columns.map(([name = '', type = '']) => ({ name, type })));
  const { rows, checksum } = await session.row(
    ['rows', 'checksum'],
    `select count(*), ifnull(sum(cast(conv(left(sha2(${row}, 256), 16), 16, 10) as unsigned)), 0) ${from}`,
  );
  return { table, rows, checksum };
}

/** A column as far as its text matters. */
interface Column {
  readonly name: string;
  readonly type: string;
}

const large = /^(?:tiny|medium|long)?(?:blob|text)$|^json$|^vector$/;
const shapes = /^(?:geometry|point|linestring|polygon|multi\w+|geometrycollection|geomcollection)$/;
const texts = /^(?:char|varchar|binary|varbinary|enum|set|uuid|inet4|inet6|bit)$/;

/**
 * The text of a row: the values as their column stores them, whatever its character set, and which of them are NULL. Of large values it has
 * a hash: where a row is larger than max_allowed_packet there would be no text at all. Generated columns follow from the others.
 */
function rowText(columns: readonly Column[]): string {
  if (columns.length === 0) return "''";
  const values = columns.map(({ name, type }) => {
    const column = quoted(name);
    if (large.test(type)) return `sha2(${column}, 256)`;
    if (shapes.test(type)) return `sha2(hex(${column}), 256)`;
    return texts.test(type) ? `cast(${column} as binary)` : column;
  });
  const nulls = columns.map(({ name }) => `isnull(${quoted(name)})`);
  return `concat_ws('#', ${[...values, ...nulls].join(', ')})`;
}
