import { DatabaseError } from '../failure.ts';
import type { DatabaseLook } from '../server.ts';
import { type TableRow, tablesOf } from './catalogue.ts';
import { literal, quoted } from './literal.ts';
import { Rights } from './rights.ts';
import type { Session } from './session.ts';
import type { Tools } from './tools.ts';

/** What is known of a database but where it is. */
export type Inspection = Omit<DatabaseLook, 'database' | 'source' | 'tool'>;

/** What a dump reads by. Without one of the last three it would leave things out, and say nothing. */
const needed = ['SELECT', 'SHOW VIEW', 'TRIGGER', 'EVENT'] as const;
/** How many names a message has. */
const named = 5;

/**
 * Looks whether a database can be saved by this account, before anything is begun.
 * @throws DatabaseError which names every table that cannot be read, the rights that are missing, or what the programs cannot dump.
 */
export async function inspect(session: Session, database: string, vendor: Tools['vendor']): Promise<Inspection> {
  const { version } = await session.row(['version'], 'select version()');
  const [schema] = await session.rows(
    `select default_character_set_name, default_collation_name from information_schema.schemata where schema_name = ${literal(database)}`,
  );
  if (schema === undefined) throw new DatabaseError('missing', `${session.name}: there is no such database`);
  const [charset = '', collation = ''] = schema;
  const rights = await Rights.of(session);
  const tables = await tablesOf(session, database);
  demandRights(session.name, database, rights, tables);
  if (vendor === 'mariadb' && !version.includes('MariaDB')) await demandOwnTools(session, database);
  const { bytes } = await session.row(
    ['bytes'],
    `select ifnull(sum(data_length + index_length), 0) from information_schema.tables where table_schema = ${literal(database)}`,
  );
  return {
    server: releaseOf(version),
    bytes: Number(bytes),
    tableBytes: tables.reduce((sum, table) => sum + table.bytes, 0),
    like: { charset, collation },
    warnings: [
      ...warningsOf(session.name, tables),
      ...(await floatWarning(session, database)),
      ...routineWarning(session.name, rights, version),
    ],
  };
}

/** A release without what a distribution adds: `10.11.18-MariaDB` of `10.11.18-MariaDB-0+deb12u1-log`. */
function releaseOf(version: string): string {
  return /^[\d.]+(?:-MariaDB)?/.exec(version)?.[0] ?? version;
}

function demandRights(name: string, database: string, rights: Rights, tables: readonly TableRow[]): void {
  const missing = needed.filter((right) => !rights.has(right, database));
  if (missing.length === 0) return;
  const grant = `GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON ${quoted(database)}.* TO ${rights.account}`;
  if (!missing.includes('SELECT'))
    throw new DatabaseError(
      'denied',
      `${name}: ${rights.account} has not the right ${missing.join(', ')}, without which a dump would fail or lack things; ${grant}`,
    );
  const unreadable = tables.filter((table) => !rights.mayRead(database, table.name)).map((table) => table.name);
  const which =
    unreadable.length > 0
      ? `may not read ${listed(unreadable)}`
      : 'may read tables one by one, and does not even see those that it may not';
  throw new DatabaseError('denied', `${name}: ${rights.account} ${which}, so that a dump would lack tables; ${grant}`);
}

/** MySQL takes no values for generated columns, and mariadb-dump writes them: such a dump would be none. */
async function demandOwnTools(session: Session, database: string): Promise<void> {
  const columns = await session.rows(
    `select concat(table_name, '.', column_name) from information_schema.columns
     where table_schema = ${literal(database)} and ifnull(generation_expression, '') <> '' order by 1`,
  );
  if (columns.length === 0) return;
  throw new DatabaseError(
    'tool',
    `${session.name}: ${listed(columns.map(([column = '']) => column))}: MySQL would not take back what mariadb-dump writes of generated columns; put the folder with mysqldump and mysql first on PATH`,
  );
}

function warningsOf(name: string, tables: readonly TableRow[]): string[] {
  const without = tables.filter(({ transactional }) => !transactional).map((table) => `${table.name} (${table.engine})`);
  const versioned = tables.filter((table) => table.versioned).map((table) => table.name);
  return [
    ...(without.length === 0
      ? []
      : [
          `${name}: ${listed(without)}: tables without transactions are saved as they are when the dump reads them, and drills do not compare them; ALTER TABLE … ENGINE=InnoDB`,
        ]),
    ...(versioned.length === 0
      ? []
      : [`${name}: ${listed(versioned)}: of system-versioned tables the rows of now are saved, and not what they were`]),
  ];
}

/** A dump of either vendor writes numbers of single precision as they are shown: to six digits. */
async function floatWarning(session: Session, database: string): Promise<string[]> {
  const columns = await session.rows(
    `select concat(table_name, '.', column_name) from information_schema.columns
     where table_schema = ${literal(database)} and data_type = 'float' and ifnull(generation_expression, '') = '' order by 1`,
  );
  if (columns.length === 0) return [];
  const names = columns.map(([column = '']) => column);
  return [`${session.name}: ${listed(names)}: a dump holds FLOAT to six digits, as they are shown; DOUBLE is saved whole`];
}

/** Of routines of others, who has no such right sees nothing. */
function routineWarning(name: string, rights: Rights, version: string): string[] {
  const mariadb = version.includes('MariaDB');
  const may = mariadb ? rights.mayRead('mysql', 'proc') : rights.has('SELECT') || rights.has('SHOW_ROUTINE');
  if (may) return [];
  const grant = mariadb ? 'GRANT SELECT ON mysql.proc' : 'GRANT SHOW_ROUTINE ON *.*';
  return [
    `${name}: ${rights.account} does not see functions and procedures of others, which are not saved then; ${grant} TO ${rights.account}`,
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length > named ? ` and ${names.length - named} more` : '';
  return `${names.slice(0, named).join(', ')}${more}`;
}
