import { DatabaseError } from '../failure.ts';
import { quoted } from './literal.ts';

/** The statement that makes an empty database like another one: of its character set and collation. @throws DatabaseError */
export function createStatement(database: string, { charset, collation }: Readonly<Record<string, string>>): string {
  for (const word of [charset, collation])
    if (word !== undefined && !/^\w+$/.test(word)) throw new DatabaseError('other', `${word} is no name of a character set`);
  return [
    `create database ${quoted(database)}`,
    ...(charset === undefined ? [] : [`character set ${charset}`]),
    ...(collation === undefined ? [] : [`collate ${collation}`]),
  ].join(' ');
}
