import { literal } from './literal.ts';
import type { Session } from './session.ts';

/** Databases that belong to the server. */
export const systemDatabases = ['mysql', 'information_schema', 'performance_schema', 'sys'];

/** The name of the table by which a scratch database is known, and how its comment begins. */
export const marker = { table: 'sidekick_drill_marker', comment: 'sidekick/backup drill' } as const;

/** Engines whose rows are elsewhere, so that a dump has none of them. */
const elsewhere = ['MRG_MYISAM', 'MRG_MyISAM', 'CONNECT', 'OQGRAPH', 'SPIDER', 'VP', 'FEDERATED', 'BLACKHOLE'];

/** A table whose rows a dump has. */
export interface TableRow {
  readonly name: string;
  readonly engine: string;
  /** Whether its engine reads by a snapshot. */
  readonly transactional: boolean;
  /** Its rows on the server, without indexes, about. */
  readonly bytes: number;
  /** Whether the server keeps what its rows were. */
  readonly versioned: boolean;
}

/** The tables of a database whose rows a dump has, by name. @throws DatabaseError */
export async function tablesOf(session: Session, database: string): Promise<TableRow[]> {
  const rows = await session.rows(`
    select t.table_name, ifnull(t.engine, ''), ifnull(e.transactions, ''), ifnull(t.data_length, 0), t.table_type
    from information_schema.tables t left join information_schema.engines e on e.engine = t.engine
    where t.table_schema = ${literal(database)} and t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED')
      and not (t.table_name = '${marker.table}' and t.table_comment like '${marker.comment}%')`);
  return rows
    .map(([name = '', engine = '', transactions = '', bytes = '', type = '']) => ({
      ...{ name, engine, transactional: transactions === 'YES' },
      ...{ bytes: Number(bytes), versioned: type === 'SYSTEM VERSIONED' },
    }))
    .filter(({ engine }) => !elsewhere.includes(engine))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The databases of a server, but its own. @throws DatabaseError */
export async function databasesOf(session: Session): Promise<string[]> {
  const rows = await session.rows('show databases');
  return rows
    .map(([name = '']) => name)
    .filter((name) => !systemDatabases.includes(name.toLowerCase()))
    .toSorted();
}
