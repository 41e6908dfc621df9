import { basename, dirname } from 'node:path';

/** The files by which the folder of a database server is known, and how the server is named in BACKUP_SOURCES. */
const signs: Readonly<Record<string, { readonly server: string; readonly scheme: string }>> = {
  // there only while it runs, or after a crash: https://www.postgresql.org/docs/current/storage-file-layout.html
  'postmaster.pid': { server: 'PostgreSQL', scheme: 'postgres' },
  ibdata1: { server: 'MariaDB or MySQL', scheme: 'mysql' },
};

/** The last bytes of their names: most names are told by these. */
const ends = new Set(Object.keys(signs).map((name) => name.charCodeAt(name.length - 1)));

/**
 * What to say of a source that has the folder of a database server in it, told by one name there; undefined for all other names. A copy of such
 * files, taken one after the other while the server writes them, looks whole and is none.
 * @param path of a file.
 */
export function warningOfDatabaseFolder(path: Buffer): string | undefined {
  if (!ends.has(path[path.length - 1] ?? 0)) return undefined;
  const text = path.toString();
  const sign = signs[basename(text)];
  if (sign === undefined) return undefined;
  return (
    `${dirname(text)} is the folder of ${sign.server}: its files, copied while it runs, do not make a database; ` +
    `save it by BACKUP_SOURCES=${sign.scheme}://host/name, and leave the folder out by BACKUP_EXCLUDE`
  );
}
