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

/** The id of the backup that a file below the folder belongs to; undefined where it is none of ours. */
export function idOfFile(file: string): string | undefined {
  const match = /^(\d{8}T\d{6}Z-[0-9a-f]{6})(?:-(?:full|diff)\.tar\.zst(?:\.age)?|\.index\.zst(?:\.age)?|\.json)$/.exec(file);
  return match?.[1] !== undefined && timeOfId(match[1]) !== undefined ? match[1] : undefined;
}

/** Whether a file below the folder is a manifest. */
export function isManifest(file: string): boolean {
  return idOfFile(file) !== undefined && file.endsWith('.json');
}
