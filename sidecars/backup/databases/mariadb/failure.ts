import { DatabaseError, type DatabaseFailure } from '../failure.ts';
import type { ProgramEnd } from '../program.ts';

/** What codes mean to somebody who acts on them: https://mariadb.com/docs/server/reference/error-codes */
const meanings: readonly (readonly [DatabaseFailure, readonly number[]])[] = [
  ['denied', [1044, 1045, 1130, 1141, 1142, 1143, 1227, 1251, 1290, 1370, 1410, 1419, 1524, 1698, 1820, 1836, 2059, 3159, 4151]],
  ['missing', [1049]],
  // also a full disk, and a server that has been told to stop: nothing of it is about the database
  ['unreachable', [1021, 1037, 1038, 1040, 1041, 1053, 1114, 1129, 1203, 1226, 1927, 2002, 2003, 2005, 2006, 2012, 2013, 2026]],
];

const remedies: Readonly<Record<number, string>> = {
  1045: 'check the user (MYSQL_USER) and its password (MYSQL_PASSWORD_FILE or MYSQL_PASSWORD)',
  1698: 'check the user (MYSQL_USER) and its password (MYSQL_PASSWORD_FILE or MYSQL_PASSWORD)',
  1130: 'the account is for other hosts than this one',
  1227: 'some objects belong to other accounts, for which that right is needed; restore as one who has it, or add --no-owner',
  1419: 'on a server with a binary log, functions and triggers take SUPER or log_bin_trust_function_creators=1',
  2002: 'check that the server runs and can be reached from here',
  2003: 'check that the server runs and can be reached from here',
  2005: 'check that the server runs and can be reached from here',
  2026: 'check ?sslmode= or MYSQL_SSL_MODE, and MYSQL_SSL_CA',
};

/** Makes of what a client program said the error that names the database, and what to do next. */
export function failureOf(name: string, said: string): DatabaseError {
  const { code, message } = saidOf(said);
  const remedy = code === undefined ? undefined : remedies[code];
  return new DatabaseError(kindOf(code), `${name}: ${message}${remedy === undefined ? '' : `; ${remedy}`}`);
}

/** The same for a program that ended, and what it did: `mariadb-dump 11.8.9 of mysql://db1:3306/app`. Undefined where it ended well. */
export function failureOfEnd(what: string, { code, signal, said }: ProgramEnd): DatabaseError | undefined {
  if (code === 0) return undefined;
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const { code: number, message } = saidOf(said);
  const remedy = number === undefined ? undefined : remedies[number];
  const why = [message, remedy].filter((part) => part !== undefined && part !== '').join('; ');
  return new DatabaseError(kindOf(number), `${what} ended ${how}${why === '' ? '' : `: ${why}`}`);
}

function kindOf(code: number | undefined): DatabaseFailure {
  return meanings.find(([, codes]) => code !== undefined && codes.includes(code))?.[0] ?? 'other';
}

/**
 * The error among what a program said: `ERROR 1146 (42S02) at line 5: …` of the client, which writes the statement before it, and
 * `mariadb-dump: Got error: 1045: "…" when trying to connect` or `mariadb-dump: Error 2013: …` of the other.
 */
function saidOf(said: string): { readonly code: number | undefined; readonly message: string } {
  const lines = said.split('\n').filter((line) => /\berror\b/i.test(line));
  const message = (lines.length > 0 ? lines.slice(0, 3).join('; ') : said.replaceAll(/\n+/g, '; ')).trim();
  const [, code] = /\berror:? (\d{4})\b/i.exec(message) ?? [];
  return { code: code === undefined ? undefined : Number(code), message: message === '' ? 'the connection was lost' : message };
}
