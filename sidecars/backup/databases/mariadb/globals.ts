import type { ByteSink } from '../../bytes.ts';
import { DatabaseError } from '../failure.ts';
import { account } from './literal.ts';
import type { Session } from './session.ts';

/** Accounts that belong to the server. */
const own = ['mariadb.sys', 'mysql.sys', 'mysql.session', 'mysql.infoschema', 'PUBLIC'];

/** Accounts, as SQL writes them, and which of them are roles. */
interface Account {
  readonly name: string;
  readonly isRole: boolean;
}

/**
 * Writes accounts, roles and what they may do, one statement on a line. Who may not read them saves none, which is told.
 * @throws DatabaseError
 */
export async function dumpGlobals(sink: ByteSink, session: Session, open: () => Promise<Session>): Promise<string[]> {
  let accounts: readonly Account[];
  const { version } = await session.row(['version'], 'select version()');
  const mariadb = version.includes('MariaDB');
  const asker = await open();
  try {
    accounts = await accountsOf(asker, mariadb);
  } catch (error) {
    if (!(error instanceof DatabaseError && error.failure === 'denied')) throw error;
    const what = `${session.name}: accounts and what they may do are not saved`;
    return [`${what}: ${error.message}; GRANT SELECT ON mysql.*, or set BACKUP_PG_GLOBALS=false`];
  } finally {
    await asker.close();
  }
  // a hash may be any bytes
  if (!mariadb) await session.rows('set print_identified_with_as_hex = on');
  const made: string[] = [];
  const given: string[] = [];
  for (const { name, isRole } of accounts) {
    if (isRole && mariadb) made.push(`CREATE ROLE ${name}`);
    else made.push(...(await session.rows(`show create user ${name}`)).map(([line = '']) => line));
    for (const [line = ''] of await session.rows(`show grants for ${name}`)) given.push(line);
  }
  await sink.write(Buffer.from([...made, ...given].map((line) => `${line};\n`).join('')));
  return [];
}

/** The accounts of a server, roles first. @throws DatabaseError */
async function accountsOf(session: Session, mariadb: boolean): Promise<Account[]> {
  const rows = await session.rows(`select user, host, ${mariadb ? 'is_role' : `'N'`} from mysql.user order by 3 desc, 1, 2`);
  return rows
    .filter(([user = '']) => !own.includes(user))
    .map(([user = '', host = '', role = '']) => ({ name: account(user, host), isRole: role === 'Y' }));
}

/** A statement of what {@link dumpGlobals} writes, and the account that it is about. */
interface AccountStatement {
  /** As SQL writes it, in grave accents. */
  readonly account: string;
  readonly creates: boolean;
  readonly sql: string;
}

const name = String.raw`(?:\`(?:[^\`]|\`\`)*\`|'(?:[^'\\]|''|\\.)*')`;
const named = `(${name})(?:@(${name}))?`;
const forms = [
  new RegExp(`^(CREATE) (?:USER|ROLE) ${named}`),
  new RegExp(`^(SET) DEFAULT ROLE .+ FOR ${named}$`),
  new RegExp(`^(GRANT) .+? TO ${named}(?: IDENTIFIED .*| REQUIRE .*| WITH .*)?$`),
];

/** Reads what {@link dumpGlobals} wrote. */
export function accountStatements(sql: string): AccountStatement[] {
  return sql.split(';\n').flatMap((statement) => {
    for (const form of forms) {
      const [, kind, user, host] = form.exec(statement) ?? [];
      if (user === undefined) continue;
      const whom = account(unquoted(user), host === undefined ? '' : unquoted(host));
      return [{ account: whom, creates: kind === 'CREATE', sql: statement }];
    }
    return [];
  });
}

function unquoted(quotedName: string): string {
  const inner = quotedName.slice(1, -1);
  return quotedName.startsWith('`')
    ? inner.replaceAll('``', '`')
    : inner.replaceAll(/''|\\(.)/g, (_, char?: string) => char ?? "'");
}

/**
 * Makes the accounts that the server does not have; those that it has stay as they are. Rights to single tables and routines can only be given
 * where these are: they are left out, and told with the account.
 * @throws DatabaseError
 */
export async function restoreAccounts(sql: string, session: Session): Promise<string[]> {
  const statements = accountStatements(sql);
  if (statements.length === 0) return [];
  const { version } = await session.row(['version'], 'select version()');
  const there = new Set((await accountsOf(session, version.includes('MariaDB'))).map(({ name }) => name));
  const wanted = statements.filter(({ account }) => !there.has(account));
  const left = new Map<string, number>();
  for (const statement of [...wanted.filter(({ creates }) => creates), ...wanted.filter(({ creates }) => !creates)]) {
    if (/^GRANT .+ ON (?:(?:PROCEDURE|FUNCTION|PACKAGE|PACKAGE BODY) )?`(?:[^`]|``)*`\.`/.test(statement.sql))
      left.set(statement.account, (left.get(statement.account) ?? 0) + 1);
    else await session.rows(statement.sql);
  }
  return [...new Set(wanted.map(({ account }) => account))].map((name) => {
    const count = left.get(name);
    return count === undefined ? name : `${name} (without ${count} rights to single tables or routines)`;
  });
}
