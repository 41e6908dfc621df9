import { Invalid, type Kind, path } from '#shared/config/kinds.ts';
import { type DatabaseAddress, databaseKind, looksLikeDatabase } from './address.ts';

/** What is saved: a path, or a database. */
export type Source = string | DatabaseAddress;

/** An absolute path, or the address of a database. */
export const sourceKind: Kind<Source> = {
  name: 'source',
  parse: (text) => {
    if (looksLikeDatabase(text)) return databaseKind.parse(text);
    if (/^[a-z+]+:/.test(text))
      throw new Invalid('is neither a path nor a database; write /folder, postgres://host/name or mysql://host/name');
    return path.parse(text);
  },
  format: (source) => (typeof source === 'string' ? source : databaseKind.format(source)),
};

/** The paths among sources. */
export function pathsOf(sources: readonly Source[]): string[] {
  return sources.filter((source) => typeof source === 'string');
}

/** The databases among sources. */
export function databasesOf(sources: readonly Source[]): DatabaseAddress[] {
  return sources.filter((source) => typeof source !== 'string');
}
