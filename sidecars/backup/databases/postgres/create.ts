import { DatabaseError } from '../failure.ts';
import type { Session } from './client.ts';

/** Makes an empty database like another one: of its encoding and its locale. @throws DatabaseError */
export async function createDatabase(session: Session, database: string, like: Readonly<Record<string, string>>): Promise<void> {
  try {
    await session.rows(`create database ${quoted(database)} template template0 ${optionsFor(like, await session.major())}`);
  } catch (error) {
    if (!(error instanceof DatabaseError && error.failure === 'denied')) throw error;
    const { role } = await session.row<{ role: string }>('select pg_catalog.quote_ident(current_user) as role');
    throw new DatabaseError('denied', `${error.message}; ALTER ROLE ${role} CREATEDB`, { cause: error });
  }
}

/** https://www.postgresql.org/docs/current/sql-createdatabase.html */
function optionsFor(like: Readonly<Record<string, string>>, major: number): string {
  const { encoding, lc_collate, lc_ctype, locale_provider, locale, icu_rules } = like;
  // before release 15 there were no others than those of the C library
  const provider = major < 15 ? undefined : { c: 'libc', i: 'icu', b: 'builtin' }[locale_provider ?? ''];
  const parts = [
    encoding && `encoding ${literal(encoding)}`,
    lc_collate && `lc_collate ${literal(lc_collate)}`,
    lc_ctype && `lc_ctype ${literal(lc_ctype)}`,
    provider && `locale_provider ${provider}`,
    provider === 'icu' && locale && `icu_locale ${literal(locale)}`,
    provider === 'builtin' && locale && `builtin_locale ${literal(locale)}`,
    provider === 'icu' && icu_rules && major >= 16 && `icu_rules ${literal(icu_rules)}`,
  ];
  return parts.filter((part) => part).join(' ');
}

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The same, with quotes only where it takes them. */
export function identifier(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoted(name);
}

/** A text as SQL writes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
