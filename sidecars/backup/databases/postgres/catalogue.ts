/**
 * Which tables a dump has rows of, as a condition on pg_class c: ordinary ones and leaves of partitioned ones, whoever made them but the
 * system, temporary sessions, and extensions, whose tables come with them.
 */
export const dumpedTables = `
  c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** The tables whose rows a dump has: oid, name as SQL writes it, bytes with TOAST, and how many rows were estimated. */
export const tablesQuery = `
  select c.oid::text as oid, pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
    pg_catalog.pg_relation_filenode(c.oid)::text as file, pg_catalog.pg_table_size(c.oid)::text as bytes, c.reltuples::text as rows
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where ${dumpedTables} order by n.nspname collate "C", c.relname collate "C"`;

/** A row of {@link tablesQuery}. */
export interface TableRow {
  readonly oid: string;
  readonly name: string;
  /** The number of its file as it is now, and not in the snapshot: another one once it was emptied or rewritten; null once it is gone. */
  readonly file: string | null;
  readonly bytes: string;
  readonly rows: string;
}

/** The databases of a server that can be connected to, but templates. */
export const databasesQuery = `
  select datname as name, pg_catalog.has_database_privilege(oid, 'CONNECT') as allowed
  from pg_catalog.pg_database where datallowconn and not datistemplate order by datname collate "C"`;
