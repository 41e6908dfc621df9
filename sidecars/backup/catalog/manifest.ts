import type { EngineName } from '../databases/address.ts';
import type { DumpFormat } from '../databases/server.ts';

/** One object that a backup consists of: what was put in, and what the store got after compression and encryption. */
export interface StoredPart {
  /** The key below the folder of the backups' name. */
  readonly file: string;
  readonly plainBytes: number;
  readonly plainSha256: string;
  readonly storedBytes: number;
  readonly storedSha256: string;
}

/** A database in a backup. */
export interface SavedDatabase {
  /** `postgres://db1:5432/app`, without who asked. */
  readonly source: string;
  readonly engine: EngineName;
  readonly database: string;
  readonly format: DumpFormat;
  readonly dump: StoredPart;
  /** What every table held in the snapshot that was dumped: a line of JSON for each. */
  readonly tables: StoredPart;
  readonly counts: { readonly tables: number; readonly rows: number };
  /** Whether values were looked at, or rows only counted. */
  readonly checksums: boolean;
  /** On the server. */
  readonly bytes: number;
  /** The server's release. */
  readonly server: string;
  /** The program that dumped it: `pg_dump 17.6`. */
  readonly tool: string;
  /** What an empty database has to be made with to be like it. */
  readonly like: Readonly<Record<string, string>>;
  /** Where the server's log of changes stood, for MariaDB and MySQL; null where there is none. */
  readonly position: Readonly<Record<string, string>> | null;
}

/** What the databases of a server share, such as roles. */
export interface SavedGlobals {
  /** `postgres://db1:5432` */
  readonly server: string;
  readonly engine: EngineName;
  readonly sql: StoredPart;
}

/** What came out when a backup's databases were restored and compared. */
export interface Drilled {
  /** RFC 3339 in UTC. */
  readonly at: string;
  readonly seconds: number;
  /** `proven`: all is as it was. `disproved`: it cannot be restored, or is not what it was. `undone`: it could not be tried. */
  readonly outcome: 'proven' | 'disproved' | 'undone';
  /** Why it is not proven; null where it is. */
  readonly reason: string | null;
  /** How many tables and rows were compared, and whether by their values. */
  readonly tables: number;
  readonly rows: number;
  readonly checksums: boolean;
}

/** Whether the whole was saved, or what changed since a full backup. */
export type BackupKind = 'full' | 'differential';

/** A path and what was wrong with it; paths that are not UTF-8 have U+FFFD in them. */
export interface Trouble {
  readonly path: string;
  readonly reason: string;
}

/** What was found when a backup was read back. */
export interface Verification {
  /** RFC 3339 in UTC. */
  readonly at: string;
  /** `content`: decrypted, decompressed and compared. `stored`: the stored bytes alone, where there was no key. */
  readonly how: 'content' | 'stored';
}

/**
 * What is known of a backup. It is written last: a backup that has none does not exist.
 * Times are RFC 3339 in UTC; lists of paths hold the first hundred, their counts all.
 */
export interface Manifest {
  readonly version: 1;
  /** `20261126T031500Z-3f9a2c`: when the run began, and six hexadecimal digits that tell runs of one second apart. */
  readonly id: string;
  /** What BACKUP_NAME says; empty where it says nothing. */
  readonly name: string;
  readonly kind: BackupKind;
  /** The id of the full backup that a differential one needs. */
  readonly parent: string | null;
  readonly started: string;
  readonly finished: string;
  /** The time of the schedule that this run was for; null for one that a person asked for. */
  readonly scheduled: string | null;
  readonly host: string;
  readonly sources: readonly string[];
  readonly archive: StoredPart;
  /** One record for each name that was there, also those that a differential backup has only in its parent. */
  readonly index: StoredPart;
  /** Each whole, also in a differential backup. */
  readonly databases: readonly SavedDatabase[];
  readonly globals: readonly SavedGlobals[];
  readonly encryption: 'none' | 'recipients' | 'passphrase';
  readonly counts: {
    readonly files: number;
    readonly directories: number;
    readonly links: number;
    /** FIFOs and devices. */
    readonly others: number;
    /** Names whose content or attributes are in this archive. */
    readonly stored: number;
    /** Names of the parent that are gone. */
    readonly deleted: number;
  };
  readonly bytes: {
    /** Of all files that were there. */
    readonly total: number;
    /** Of those whose content is in this archive. */
    readonly stored: number;
  };
  /** Files that changed while they were read, also at the last attempt. */
  readonly changed: { readonly count: number; readonly paths: readonly string[] };
  readonly unreadable: { readonly count: number; readonly paths: readonly Trouble[] };
  readonly warnings: readonly string[];
  /** Why this backup is not called good: it shrank beyond BACKUP_MIN_RATIO. */
  readonly suspicious: string | null;
  /** How it was read back last and found right; null where it was not, or was found wrong. */
  readonly verified: Verification | null;
  /** What was wrong when it was read back last. */
  readonly damaged: string | null;
  /** What came out when its databases were restored and compared last; null where they were not. */
  readonly drilled: Drilled | null;
  readonly tools: Readonly<Record<string, string>>;
}

/** Whether a backup may be relied on, as far as is known. */
export function isGood({ suspicious, damaged, drilled }: Pick<Manifest, 'suspicious' | 'damaged' | 'drilled'>): boolean {
  return suspicious === null && damaged === null && drilled?.outcome !== 'disproved';
}

/** Everything that a backup has in a store beside its manifest. */
export function partsOf({
  archive,
  index,
  databases,
  globals,
}: Pick<Manifest, 'archive' | 'index' | 'databases' | 'globals'>): StoredPart[] {
  return [index, archive, ...databases.flatMap(({ dump, tables }) => [dump, tables]), ...globals.map(({ sql }) => sql)];
}

/** How many bytes a backup has in a store. */
export function storedBytesOf(manifest: Pick<Manifest, 'archive' | 'index' | 'databases' | 'globals'>): number {
  return partsOf(manifest).reduce((sum, { storedBytes }) => sum + storedBytes, 0);
}
