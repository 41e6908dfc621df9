import { DatabaseError } from '../failure.ts';
import { dumpedTables, type TableRow, tablesQuery } from './catalogue.ts';
import type { Session } from './client.ts';
import { identifier } from './create.ts';
import { readProperties } from './properties.ts';

/** What a database is, and what stands against saving it. */
export interface Inspection {
  /** `17.6`. */
  readonly version: string;
  readonly major: number;
  /** A standby, which follows another server. */
  readonly standby: boolean;
  /** All its files on the server. */
  readonly bytes: number;
  /** Those of its tables. */
  readonly tableBytes: number;
  /** What CREATE DATABASE has to be told to make one like it. */
  readonly like: Readonly<Record<string, string>>;
  readonly superuser: boolean;
  /** What may disturb a dump, and does not forbid it. */
  readonly warnings: readonly string[];
}

/** After how long a transaction is one that may be in the way, in minutes. */
const longTransaction = 60;
/** How many names a message has. */
const named = 5;

/**
 * Looks whether a database can be saved by this role, before anything is begun.
 * @throws DatabaseError which names every table that cannot be read.
 */
export async function inspect(session: Session, role: string): Promise<Inspection> {
  const about = await session.row<{
    version: string;
    number: string;
    standby: boolean;
    bytes: string;
    superuser: boolean;
    like: Record<string, string>;
  }>(aboutQuery);
  const major = Math.floor(Number(about.number) / 10_000);
  await demandRights(session, role, major);
  return {
    version: about.version.split(' ')[0] ?? about.version,
    major,
    standby: about.standby,
    bytes: Number(about.bytes),
    tableBytes: (await session.rows<TableRow>(tablesQuery)).reduce((sum, table) => sum + Number(table.bytes), 0),
    superuser: about.superuser,
    like: {
      ...Object.fromEntries(Object.entries(about.like).filter((entry) => entry[1] !== null)),
      properties: await readProperties(session),
    },
    warnings: [
      ...(about.standby
        ? [
            `${session.name} is a standby: what it replays may cancel a long dump (max_standby_streaming_delay), and the run then fails`,
          ]
        : []),
      ...(await longTransactions(session)),
    ],
  };
}

// to_jsonb: the columns that tell of the locale differ from release to release
const aboutQuery = `
  select current_setting('server_version') as version, current_setting('server_version_num') as number,
    pg_catalog.pg_is_in_recovery() as standby, pg_catalog.pg_database_size(d.oid)::text as bytes,
    (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as superuser,
    pg_catalog.jsonb_build_object('encoding', pg_catalog.pg_encoding_to_char(d.encoding), 'lc_collate', d.datcollate, 'lc_ctype', d.datctype,
      'locale_provider', pg_catalog.to_jsonb(d) ->> 'datlocprovider',
      'locale', coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale'),
      'icu_rules', pg_catalog.to_jsonb(d) ->> 'daticurules') as like
  from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`;

/** What a role may not read, and why. */
interface Unreadable {
  readonly name: string;
  readonly why: 'schema' | 'select' | 'rows' | 'object';
}

async function demandRights(session: Session, role: string, major: number): Promise<void> {
  const relations = await session.rows<Unreadable>(`
    select pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
      case when not pg_catalog.has_schema_privilege(n.oid, 'USAGE') then 'schema'
        when not pg_catalog.has_table_privilege(c.oid, 'SELECT') then 'select' else 'rows' end as why
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where (${dumpedTables.replace("c.relkind = 'r'", "c.relkind in ('r', 'p', 'S')")})
      and case when not pg_catalog.has_schema_privilege(n.oid, 'USAGE') then true
        when not pg_catalog.has_table_privilege(c.oid, 'SELECT') then true
        else c.relrowsecurity and pg_catalog.row_security_active(c.oid) end
    order by 1`);
  const unreadable = [...relations, ...(await session.rows<Unreadable>(largeObjectsQuery(major)))];
  const [first] = unreadable;
  if (first === undefined) return;
  const who = identifier(role);
  const names = unreadable.slice(0, named).map(({ name }) => name);
  const more = unreadable.length > named ? ` and ${unreadable.length - named} more` : '';
  const remedies = {
    rows: `a policy keeps rows from it: ALTER ROLE ${who} BYPASSRLS`,
    object: `GRANT SELECT ON LARGE OBJECT … TO ${who}, or save as a superuser`,
  };
  const remedy =
    first.why === 'rows' || first.why === 'object'
      ? remedies[first.why]
      : major >= 14
        ? `GRANT pg_read_all_data TO ${who}`
        : `GRANT USAGE ON the schemas and SELECT ON ALL TABLES and ALL SEQUENCES in them TO ${who}`;
  throw new DatabaseError(
    'denied',
    `${session.name}: the role ${who} may not read all of ${names.join(', ')}${more}, so that a dump would fail; ${remedy}`,
  );
}

/** Large objects that may not be read; a server can tell by itself since release 18. */
function largeObjectsQuery(major: number): string {
  const readable =
    major >= 18
      ? `pg_catalog.has_largeobject_privilege(oid, 'SELECT')`
      : `(select rolsuper from pg_catalog.pg_roles where rolname = current_user) or pg_catalog.pg_has_role(lomowner, 'USAGE')
         or exists (select from pg_catalog.aclexplode(lomacl) a
           where a.privilege_type = 'SELECT' and (a.grantee = 0 or pg_catalog.pg_has_role(a.grantee, 'USAGE')))`;
  return `
    select 'large object ' || oid as name, 'object' as why from pg_catalog.pg_largeobject_metadata
    where not (${readable}) and not pg_catalog.current_setting('lo_compat_privileges')::boolean order by oid`;
}

async function longTransactions(session: Session): Promise<string[]> {
  const [found] = await session.rows<{ pid: number; minutes: number; state: string }>(
    `select pid, (extract(epoch from now() - xact_start) / 60)::int as minutes, coalesce(state, '') as state
     from pg_catalog.pg_stat_activity
     where datname = pg_catalog.current_database() and pid <> pg_catalog.pg_backend_pid() and xact_start < now() - interval '${longTransaction} minutes'
       and backend_type = 'client backend'
     order by xact_start limit 1`,
  );
  if (found === undefined) return [];
  return [
    `${session.name}: a transaction of the server's process ${found.pid} is open for ${found.minutes} minutes (${found.state}); where it holds locks that a dump needs, the dump waits for BACKUP_PG_LOCK_TIMEOUT and fails`,
  ];
}
