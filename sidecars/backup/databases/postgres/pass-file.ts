import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { codeOf, messageOf } from '#shared/exit.ts';
import { DatabaseError } from '../failure.ts';

/** Who connects to what. */
export interface PassKey {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * The password in a password file: https://www.postgresql.org/docs/current/libpq-pgpass.html. Unlike libpq we take one that others may read
 * too: secrets of container engines are mounted so.
 * @returns undefined where no line fits.
 */
export function passwordIn(content: string, { host, port, database, user }: PassKey): string | undefined {
  const wanted = [host, String(port), database, user];
  for (const line of content.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = fieldsOf(line);
    const fits = (value: string, at: number) => fields[at] === '*' || unescaped(fields[at]) === value;
    // libpq knows a socket as localhost too
    const local = host.startsWith('/') && fields[0] === 'localhost';
    const [password] = fields.slice(wanted.length);
    if (password !== undefined && wanted.every((value, at) => fits(value, at) || (at === 0 && local))) return unescaped(password);
  }
  return undefined;
}

/** What stands between the colons of a line, as it is written. */
function fieldsOf(line: string): string[] {
  const fields: string[] = [''];
  for (const [piece] of line.matchAll(/\\.|./g))
    if (piece === ':') fields.push('');
    else fields.push(`${fields.pop()}${piece}`);
  return fields;
}

function unescaped(field: string | undefined): string | undefined {
  return field?.replaceAll(/\\(.)/g, '$1');
}

/**
 * Looks a password up in PGPASSFILE, or in `.pgpass` of the home folder where that is not set.
 * @throws DatabaseError where PGPASSFILE names what cannot be read.
 */
export function passwordFor(key: PassKey, file: string | undefined): string | undefined {
  const path = file ?? join(homedir(), '.pgpass');
  try {
    return passwordIn(readFileSync(path, 'utf8'), key);
  } catch (error) {
    if (file === undefined && ['ENOENT', 'EACCES', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw new DatabaseError('denied', `PGPASSFILE=${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
