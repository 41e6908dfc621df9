import type { Session } from './session.ts';

/** What an account may do with the whole of a server, or of the databases whose names are like a pattern. */
interface Grant {
  readonly rights: readonly string[];
  /** Undefined for the whole server. */
  readonly databases: string | undefined;
}

const identifier = '`((?:[^`]|``)*)`';
const form = new RegExp(String.raw`^GRANT (.+?) ON (?:\*\.\*|${identifier}\.(?:\*|${identifier})) TO `);

/** The rights of the account that a session is of, and of its roles. */
export class Rights {
  /** As SQL writes it. */
  readonly account: string;
  readonly #grants: readonly Grant[];
  /** Tables that may be read by a right of their own, as `database.table`. */
  readonly #tables: ReadonlySet<string>;

  /** @param lines what SHOW GRANTS tells */
  constructor(account: string, lines: readonly string[]) {
    this.account = account;
    const grants: Grant[] = [];
    const tables = new Set<string>();
    for (const line of lines) {
      const [, named, database, table] = form.exec(line) ?? [];
      if (named === undefined) continue;
      // of columns alone: `SELECT (a, b)`
      const rights = named.replaceAll(/\([^)]*\)/g, '()').split(', ');
      if (table === undefined) grants.push({ rights, databases: database?.replaceAll('``', '`') });
      else if (rights.some((right) => right === 'SELECT' || right.startsWith('ALL')))
        tables.add(`${database?.replaceAll('``', '`')}.${table.replaceAll('``', '`')}`);
    }
    this.#grants = grants;
    this.#tables = tables;
  }

  /** @throws DatabaseError */
  static async of(session: Session): Promise<Rights> {
    const { user } = await session.row(['user'], 'select current_user()');
    const at = user.lastIndexOf('@');
    const lines = (await session.rows('show grants')).map(([line = '']) => line);
    return new Rights(`'${user.slice(0, at)}'@'${user.slice(at + 1)}'`, lines);
  }

  /** Whether a right is held on the whole of a database, or, where none is named, on the whole server. */
  has(right: string, database?: string): boolean {
    return this.#grants.some(({ rights, databases }) => {
      const covered = databases === undefined || (database !== undefined && isLike(database, databases));
      return covered && rights.some((held) => held === right || held === 'ALL' || held === 'ALL PRIVILEGES');
    });
  }

  /** Whether a table may be read. */
  mayRead(database: string, table: string): boolean {
    return this.has('SELECT', database) || this.#tables.has(`${database}.${table}`);
  }
}

/** Whether a name is like a pattern of GRANT, where `_` and `%` stand for others but after a backslash. */
function isLike(name: string, pattern: string): boolean {
  const source = pattern.replaceAll(/\\([\s\S])|([\s\S])/g, (_, escaped: string | undefined, plain: string | undefined) => {
    if (plain === '%') return '[\\s\\S]*';
    if (plain === '_') return '[\\s\\S]';
    return (escaped ?? plain ?? '').replace(/[.*+?^${}()|[\]\\]/, '\\$&');
  });
  return new RegExp(`^${source}$`).test(name);
}
