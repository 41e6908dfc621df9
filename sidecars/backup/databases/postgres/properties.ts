import type { Session } from './client.ts';
import { quoted } from './create.ts';
import { namedSettings, settingText } from './settings.ts';

/** A statement about a database, without its name, which is another one where it is restored under another one. */
type Statement = readonly [before: string, after: string];

/**
 * What belongs to the database itself and is in no dump of it: its owner, who may connect, its settings, its comment.
 * @returns statements, as JSON. @throws DatabaseError
 */
export async function readProperties(session: Session): Promise<string> {
  const statements = await session.rows<{ before: string; after: string }>(propertiesQuery);
  return JSON.stringify(statements.map(({ before, after }): Statement => [before, after]));
}

/** Gives a database what {@link readProperties} has read of another one. @throws DatabaseError, where a role is missing too. */
export async function applyProperties(session: Session, database: string, properties: string): Promise<void> {
  const statements = JSON.parse(properties) as readonly Statement[];
  await session.rows('begin');
  for (const [before, after] of statements) await session.rows(`${before} ${quoted(database)} ${after}`);
  await session.rows('commit');
}

const propertiesQuery = `
  with d as (select oid, datdba, datconnlimit, datacl from pg_catalog.pg_database where datname = pg_catalog.current_database())
  select before, after from (
    select 1 as place, 'ALTER DATABASE' as before, pg_catalog.format('OWNER TO %I', pg_catalog.pg_get_userbyid(datdba)) as after from d
    union all
    select 2, 'ALTER DATABASE', 'CONNECTION LIMIT ' || datconnlimit from d where datconnlimit >= 0
    union all
    select 3, 'COMMENT ON DATABASE', pg_catalog.format('IS %L', pg_catalog.shobj_description(oid, 'pg_database'))
      from d where pg_catalog.shobj_description(oid, 'pg_database') is not null
    union all
    select 4, 'REVOKE ALL ON DATABASE', 'FROM PUBLIC' from d where datacl is not null
    union all
    select 5, pg_catalog.format('GRANT %s ON DATABASE', pg_catalog.string_agg(a.privilege_type, ', ' order by a.privilege_type)),
        'TO ' || case a.grantee when 0 then 'PUBLIC' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end
          || case when a.is_grantable then ' WITH GRANT OPTION' else '' end
      from d cross join lateral pg_catalog.aclexplode(datacl) a where a.grantee <> datdba group by a.grantee, a.is_grantable
    union all
    select 6, case s.setrole when 0 then 'ALTER DATABASE' else pg_catalog.format('ALTER ROLE %I IN DATABASE', pg_catalog.pg_get_userbyid(s.setrole)) end,
        'SET ' || ${settingText}
      from d join pg_catalog.pg_db_role_setting s on s.setdatabase = d.oid ${namedSettings}
  ) p order by place, before, after`;
