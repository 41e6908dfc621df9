import type { Session } from './client.ts';
import { namedSettings, settingText } from './settings.ts';

/** The roles of a server as SQL, and whether their passwords are in it. */
export interface Roles {
  readonly sql: string;
  readonly passwords: boolean;
}

/**
 * Reads the roles, their memberships, settings and comments, but those that the server brings along. pg_dumpall does the same, and needs a shell
 * for it, which our images have not; and it names attributes that only a superuser may name. The passwords, as the server keeps them, are for
 * superusers and who may read all data.
 * @throws DatabaseError
 */
export async function readRoles(session: Session): Promise<Roles> {
  const { readable } = await session.row<{ readable: boolean }>(
    `select pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT') as readable`,
  );
  const statements: string[] = [];
  for (const query of [rolesQuery(readable), settingsQuery, membersQuery, commentsQuery])
    statements.push(...(await session.rows<{ sql: string }>(query)).map(({ sql }) => sql));
  return { sql: statements.map((sql) => `${sql}\n`).join(''), passwords: readable };
}

function rolesQuery(passwords: boolean): string {
  const password = passwords
    ? `case when rolpassword is not null then pg_catalog.format('PASSWORD %L', rolpassword) end`
    : 'null';
  return `
    select pg_catalog.format('CREATE ROLE %I%s;', rolname, coalesce(' WITH ' || nullif(pg_catalog.concat_ws(' ',
      case when rolsuper then 'SUPERUSER' end, case when not rolinherit then 'NOINHERIT' end,
      case when rolcreaterole then 'CREATEROLE' end, case when rolcreatedb then 'CREATEDB' end,
      case when rolcanlogin then 'LOGIN' end, case when rolreplication then 'REPLICATION' end,
      case when rolbypassrls then 'BYPASSRLS' end, case when rolconnlimit >= 0 then 'CONNECTION LIMIT ' || rolconnlimit end,
      case when rolvaliduntil is not null then pg_catalog.format('VALID UNTIL %L', rolvaliduntil) end, ${password}), ''), '')) as sql
    from pg_catalog.${passwords ? 'pg_authid' : 'pg_roles'} where rolname !~ '^pg_' order by rolname collate "C"`;
}

const settingsQuery = `
  select pg_catalog.format('ALTER ROLE %I SET %s;', r.rolname, ${settingText}) as sql
  from pg_catalog.pg_db_role_setting s join pg_catalog.pg_roles r on r.oid = s.setrole ${namedSettings}
  where s.setdatabase = 0 and r.rolname !~ '^pg_' order by r.rolname collate "C", c.name collate "C"`;

// to_jsonb: what a membership brings is told since release 16
const membersQuery = `
  select pg_catalog.format('GRANT %I TO %I%s;', g.rolname, m.rolname, coalesce(' WITH ' || nullif(pg_catalog.concat_ws(', ',
    case when a.admin_option then 'ADMIN OPTION' end,
    case when (pg_catalog.to_jsonb(a) ->> 'inherit_option')::boolean <> m.rolinherit
      then 'INHERIT ' || pg_catalog.upper(pg_catalog.to_jsonb(a) ->> 'inherit_option') end,
    case when not (pg_catalog.to_jsonb(a) ->> 'set_option')::boolean then 'SET FALSE' end), ''), '')) as sql
  from pg_catalog.pg_auth_members a join pg_catalog.pg_roles g on g.oid = a.roleid join pg_catalog.pg_roles m on m.oid = a.member
  where m.rolname !~ '^pg_' order by m.rolname collate "C", g.rolname collate "C"`;

const commentsQuery = `
  select pg_catalog.format('COMMENT ON ROLE %I IS %L;', rolname, pg_catalog.shobj_description(oid, 'pg_authid')) as sql
  from pg_catalog.pg_roles where rolname !~ '^pg_' and pg_catalog.shobj_description(oid, 'pg_authid') is not null
  order by rolname collate "C"`;

/** A statement about a role. */
export interface RoleStatement {
  readonly role: string;
  readonly sql: string;
}

const identifier = String.raw`("(?:[^"]|"")*"|[\w$]+)`;
const forms = [
  new RegExp(`^CREATE ROLE ${identifier}(?: WITH .*)?;$`, 's'),
  new RegExp(`^ALTER ROLE ${identifier} SET .*;$`, 's'),
  new RegExp(`^GRANT (?:"(?:[^"]|"")*"|[\\w$]+) TO ${identifier}(?: WITH .*)?;$`, 's'),
  new RegExp(`^COMMENT ON ROLE ${identifier} IS .*;$`, 's'),
];

/** Reads the statements that {@link readRoles} wrote. */
export function roleStatements(sql: string): RoleStatement[] {
  const statements = sql.match(/^[A-Z](?:"(?:[^"]|"")*"|E?'(?:[^'\\]|''|\\.)*'|[^;"'])*;$/gms) ?? [];
  return statements.flatMap((statement) => {
    for (const form of forms) {
      const role = form.exec(statement)?.[1];
      if (role !== undefined) return [{ role: unquoted(role), sql: statement }];
    }
    return [];
  });
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** Makes the roles that the server does not have, all or none; those that it has stay as they are. @throws DatabaseError */
export async function restoreRoles(sql: string, session: Session): Promise<string[]> {
  const roles = await session.rows<{ name: string }>('select rolname as name from pg_catalog.pg_roles');
  const there = new Set(roles.map(({ name }) => name));
  const wanted = roleStatements(sql).filter(({ role }) => !there.has(role));
  await session.rows('begin');
  for (const statement of wanted) await session.rows(statement.sql);
  await session.rows('commit');
  return [...new Set(wanted.map(({ role }) => role))];
}
