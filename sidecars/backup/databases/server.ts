import type { ByteSink, ByteSource } from '../bytes.ts';
import type { EngineName } from './address.ts';
import type { TableFacts } from './facts.ts';

/** How a dump is written: https://www.postgresql.org/docs/current/app-pgdump.html */
export type DumpFormat =
  /** The custom format of pg_dump, which is compressed in itself. */
  | 'custom'
  /** The same without compression, for those that compress no better than gzip. */
  | 'custom-plain'
  /** Its directory format, as a tar archive. */
  | 'directory'
  /** Statements of SQL. */
  | 'sql';

/** What is known of a database before it is dumped. */
export interface DatabaseLook {
  readonly database: string;
  /** As manifests and messages name it. */
  readonly source: string;
  /** The server's release: `17.6`. */
  readonly server: string;
  /** The program that will dump it: `pg_dump 17.6`. */
  readonly tool: string;
  /** On the server, with indexes and all. */
  readonly bytes: number;
  /** Those of its tables, which a dump reads. */
  readonly tableBytes: number;
  /** What an empty database has to be made with to be like it. */
  readonly like: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** One consistent state of a database, which a dump and what it is held against are both taken from. */
export interface Snapshot {
  readonly look: DatabaseLook;
  readonly format: DumpFormat;
  /** Of the tables: how many bytes they have on the server, and how many of those the dump has read, about. */
  readonly progress: { readonly bytes: number; readonly total: number };
  /** Where the server's log of changes stood, for MariaDB and MySQL; null where it keeps none. */
  readonly position: Readonly<Record<string, string>> | null;
  /**
   * Writes the dump. It ends nothing: the bytes are worth something only once this has resolved.
   * @returns what the program complained of, though it ended well. @throws DatabaseError where it did not end well; whatever the sink fails with.
   */
  dump(sink: ByteSink, signal: AbortSignal): Promise<string[]>;
  /** The same for the format `directory`: writes the dump below a folder that is there and empty. */
  dumpTo(folder: string, signal: AbortSignal): Promise<string[]>;
  /** What the tables hold. @throws DatabaseError; the signal's reason. */
  facts(checksums: boolean, signal: AbortSignal): Promise<TableFacts[]>;
  /** Lets go of it. Never throws. */
  close(): Promise<void>;
}

/** A database that is ours, to be dropped again. */
export interface Scratch {
  readonly database: string;
  /** Drops it, whoever is connected to it; nothing else can be dropped this way. @throws DatabaseError */
  drop(): Promise<void>;
}

/** How a dump is brought back. */
export interface RestoreInto {
  readonly database: string;
  readonly format: DumpFormat;
  /** The program that made it, as its {@link DatabaseLook} has named it. */
  readonly tool: string;
  /** Objects that are in the way are dropped first. */
  readonly clean: boolean;
  /** Owners and rights are left out: everything belongs to who restores. */
  readonly noOwner: boolean;
  /** Only these, named as `schema.table` or `table`, with what belongs to them; all where there are none. */
  readonly tables: readonly string[];
  /** Whether there is something in the database: then a restore that fails takes back what it has done. */
  readonly occupied: boolean;
  /** What talks to other servers or runs by itself is left out, as for a database that is only looked at. */
  readonly inert: boolean;
  /** How many tables are loaded at once, for which the dump is kept on the disk meanwhile. */
  readonly jobs: number;
  readonly signal: AbortSignal;
}

/** A database server, as whoever saves and restores sees it. Each kind is one file that implements this, and all go through one suite of tests. */
export interface DatabaseServer {
  readonly engine: EngineName;
  /** As manifests and messages name it: `postgres://db1:5432`. */
  readonly name: string;
  /** The databases of the server, but those that belong to it, and those that drills have made. @throws DatabaseError */
  databases(signal: AbortSignal): Promise<string[]>;
  /** Looks whether a database can be saved. @throws DatabaseError which says everything that stands against it. */
  look(database: string, signal: AbortSignal): Promise<DatabaseLook>;
  /** Takes a snapshot of a database that was looked at. @throws DatabaseError */
  snapshot(look: DatabaseLook, signal: AbortSignal): Promise<Snapshot>;
  /** What the databases share, such as roles, as SQL; and what could not be had of it. @throws DatabaseError */
  globals(sink: ByteSink, signal: AbortSignal): Promise<string[]>;
  /** Makes the roles that are missing, out of what {@link globals} wrote. @returns their names. @throws DatabaseError */
  restoreGlobals(sql: string, signal: AbortSignal): Promise<string[]>;
  /** Whether there is such a database, and whether anything is in it. @throws DatabaseError */
  stateOf(database: string): Promise<'missing' | 'empty' | 'occupied'>;
  /** Makes an empty database. @throws DatabaseError, where there is one of that name too. */
  create(database: string, like: Readonly<Record<string, string>>): Promise<void>;
  /** Gives a database that was made, and has all its content, what belongs to itself, such as its owner, where there is more than {@link create} has given. @throws DatabaseError */
  settle?(database: string, like: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Makes an empty database of a new name, to be used and dropped, and marks it as such. Those that killed processes have left are dropped first.
   * @throws DatabaseError
   */
  scratch(like: Readonly<Record<string, string>>): Promise<Scratch>;
  /** Brings a dump back into a database that is there. @param dump reads it, each time from its beginning. @throws DatabaseError; whatever the source fails with. */
  restore(dump: () => ByteSource, into: RestoreInto): Promise<void>;
  /** What the tables of a database hold. @throws DatabaseError; the signal's reason. */
  facts(database: string, checksums: boolean, signal: AbortSignal): Promise<TableFacts[]>;
}
