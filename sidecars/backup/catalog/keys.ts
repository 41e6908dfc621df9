import type { DumpFormat } from '../databases/server.ts';
import { timeOfId } from './id.ts';
import type { BackupKind } from './manifest.ts';

/** The folder of all objects of one BACKUP_NAME below the root of a store, with its slash; empty where there is no name. */
export function folderOf(name: string): string {
  return name === '' ? '' : `${name}/`;
}

const shortKinds = { full: 'full', differential: 'diff' } as const satisfies Record<BackupKind, string>;

/** The files of a backup below that folder. */
export function filesOf(id: string, kind: BackupKind, encrypted: boolean): { archive: string; index: string; manifest: string } {
  const end = encrypted ? '.zst.age' : '.zst';
  return { archive: `${id}-${shortKinds[kind]}.tar${end}`, index: `${id}.index${end}`, manifest: `${id}.json` };
}

const formats = { custom: 'dump', 'custom-plain': 'dump.zst', directory: 'tar.zst', sql: 'sql.zst' } as const satisfies Record<
  DumpFormat,
  string
>;

/**
 * The files of a database of a backup below that folder.
 * @param number the place of the database in the backup, from 1: names may be alike once they are made fit for a store.
 */
export function filesOfDatabase(
  id: string,
  number: number,
  { database, format, encrypted }: { readonly database: string; readonly format: DumpFormat; readonly encrypted: boolean },
): { dump: string; tables: string } {
  const name = database.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 40);
  const end = encrypted ? '.age' : '';
  return { dump: `${id}-db${number}-${name}.${formats[format]}${end}`, tables: `${id}-db${number}.tables.zst${end}` };
}

/** The file of what the databases of a server share. @param number the place of the server in the backup, from 1. */
export function fileOfGlobals(id: string, number: number, encrypted: boolean): string {
  return `${id}-globals${number}.sql.zst${encrypted ? '.age' : ''}`;
}

/** Whether a file consists of zstd frames of our own making, or of what another program has compressed. */
export function isFramed(file: string): boolean {
  return /\.zst(?:\.age)?$/.test(file);
}

/** The id of the backup that a file below the folder belongs to; undefined where it is none of ours. */
export function idOfFile(file: string): string | undefined {
  const match = ours.exec(file);
  return match?.[1] !== undefined && timeOfId(match[1]) !== undefined ? match[1] : undefined;
}

const ours = new RegExp(
  [
    String.raw`^(\d{8}T\d{6}Z-[0-9a-f]{6})(?:`,
    String.raw`\.json|(?:-(?:full|diff)\.tar\.zst|\.index\.zst`,
    String.raw`|-db\d+-[\w-]{1,40}\.(?:dump|dump\.zst|tar\.zst|sql\.zst)|-db\d+\.tables\.zst|-globals\d+\.sql\.zst)(?:\.age)?)$`,
  ].join(''),
);

/** Whether a file below the folder is a manifest. */
export function isManifest(file: string): boolean {
  return idOfFile(file) !== undefined && file.endsWith('.json');
}
