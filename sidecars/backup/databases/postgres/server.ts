import type { ByteSink, ByteSource } from '../../bytes.ts';
import { nameOfDatabase } from '../address.ts';
import type { TableFacts } from '../facts.ts';
import { DatabaseError } from '../failure.ts';
import type { DatabaseLook, DatabaseServer, RestoreInto } from '../server.ts';
import { databasesQuery } from './catalogue.ts';
import { Session } from './client.ts';
import type { Connection } from './connection.ts';
import { createDatabase } from './create.ts';
import { factsOf } from './facts.ts';
import { type Inspection, inspect } from './inspect.ts';
import { applyProperties } from './properties.ts';
import { restoreDump } from './restore.ts';
import { readRoles, restoreRoles } from './roles.ts';
import { PostgresScratch, scratchNames } from './scratch.ts';
import { PostgresSnapshot } from './snapshot.ts';
import { findToolsFor, type Tools } from './tools.ts';

/** How a server is dealt with. */
export interface PostgresOptions {
  /** Level of zstd. */
  readonly level: number;
  /** Tables that are dumped at once; with more than one the dump is made on the disk, in `tmp`. */
  readonly jobs: number;
  /** For how long a lock is waited for, in ms. */
  readonly lockTimeout: number;
  readonly tmp: string;
}

/** The databases where somebody connects who has no name for one, by preference. */
const maintenance = ['postgres', 'template1'];

/** A server of PostgreSQL. */
export class PostgresServer implements DatabaseServer {
  readonly engine = 'postgres';
  readonly name: string;
  readonly #connection: Connection;
  readonly #options: PostgresOptions;
  /** By the major that they are for. */
  readonly #tools = new Map<number, Promise<Tools>>();
  /** A database that was looked at: the role may connect to it. */
  #looked: string | undefined;

  constructor(connection: Connection, options: PostgresOptions) {
    this.name = connection.server;
    this.#connection = connection;
    this.#options = options;
  }

  databases(signal: AbortSignal): Promise<string[]> {
    return this.#atLarge(signal, async (session) => {
      const all = await session.rows<{ name: string; allowed: boolean }>(databasesQuery);
      const refused = all.filter(({ allowed }) => !allowed).map(({ name }) => name);
      if (refused.length > 0)
        throw new DatabaseError(
          'denied',
          `${this.name}: the role ${this.#connection.user} may not connect to ${refused.join(', ')}; GRANT CONNECT ON DATABASE … TO ${this.#connection.user}, or name the databases to save one by one`,
        );
      const scratches = new Set(await scratchNames(session));
      return all.map(({ name }) => name).filter((name) => !scratches.has(name));
    });
  }

  async look(database: string, signal: AbortSignal): Promise<DatabaseLook> {
    const session = await this.#open(database, signal);
    this.#looked ??= database;
    try {
      return await this.#lookOf(database, await inspect(session, this.#connection.user), signal);
    } finally {
      await session.close();
    }
  }

  async snapshot(look: DatabaseLook, signal: AbortSignal): Promise<PostgresSnapshot> {
    const tools = await this.#toolsFor(majorOf(look.server), look.source, signal);
    const session = await this.#open(look.database, signal);
    return PostgresSnapshot.take(session, { ...this.#options, connection: this.#connection, look, tools });
  }

  async globals(sink: ByteSink, signal: AbortSignal): Promise<string[]> {
    const read = (session: Session) => readRoles(session).finally(() => session.close());
    // who saves one database need not be let into others
    const { sql, passwords } = await (this.#looked === undefined
      ? this.#asMaintainer(signal, read)
      : this.#open(this.#looked, signal).then(read));
    await sink.write(Buffer.from(sql));
    return passwords
      ? []
      : [
          `${this.name}: roles are saved without their passwords, which this role may not read; GRANT pg_read_all_data to it, or set them after a restore`,
        ];
  }

  restoreGlobals(sql: string, signal: AbortSignal): Promise<string[]> {
    return this.#atLarge(signal, (session) => restoreRoles(sql, session));
  }

  async stateOf(database: string): Promise<'missing' | 'empty' | 'occupied'> {
    let session: Session;
    try {
      session = await this.#open(database);
    } catch (error) {
      if (error instanceof DatabaseError && error.failure === 'missing') return 'missing';
      throw error;
    }
    try {
      const { occupied } = await session.row<{ occupied: boolean }>(occupiedQuery);
      return occupied ? 'occupied' : 'empty';
    } finally {
      await session.close();
    }
  }

  create(database: string, like: Readonly<Record<string, string>>): Promise<void> {
    return this.#atLarge(undefined, (session) => createDatabase(session, database, like));
  }

  settle(database: string, { properties }: Readonly<Record<string, string>>): Promise<void> {
    return this.#atLarge(undefined, (session) => applyProperties(session, database, properties ?? '[]'));
  }

  scratch(like: Readonly<Record<string, string>>): Promise<PostgresScratch> {
    return this.#asMaintainer(undefined, (session) => PostgresScratch.make(session, like));
  }

  async restore(dump: () => ByteSource, into: RestoreInto): Promise<void> {
    // what made the dump reads it, and speaks to a server of its own age
    const made = majorOf(into.tool.replace(/^pg_dump /, ''));
    const tools = await this.#toolsFor(made, nameOfDatabase(this.name, into.database), into.signal);
    const major = await this.#atLarge(into.signal, (session) => session.major());
    await restoreDump(dump, into, { connection: this.#connection, tools, major, tmp: this.#options.tmp });
  }

  async facts(database: string, checksums: boolean, signal: AbortSignal): Promise<TableFacts[]> {
    const session = await this.#open(database, signal);
    try {
      return await factsOf(session, { checksums, signal });
    } finally {
      await session.close();
    }
  }

  #lookOf(
    database: string,
    { version, major, bytes, tableBytes, like, warnings }: Inspection,
    signal: AbortSignal,
  ): Promise<DatabaseLook> {
    const source = nameOfDatabase(this.name, database);
    return this.#toolsFor(major, source, signal).then((tools) => {
      return { database, source, server: version, tool: `pg_dump ${tools.version}`, bytes, tableBytes, like, warnings };
    });
  }

  #toolsFor(major: number, what: string, signal: AbortSignal): Promise<Tools> {
    const known = this.#tools.get(major) ?? findToolsFor(major, what, signal);
    this.#tools.set(major, known);
    return known;
  }

  #open(database: string, signal?: AbortSignal): Promise<Session> {
    const { lockTimeout } = this.#options;
    return Session.open(this.#connection, database, { lockTimeout, signal });
  }

  /** Does something that is not about one database. */
  #atLarge<T>(signal: AbortSignal | undefined, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#asMaintainer(signal, async (session) => {
      try {
        return await work(session);
      } finally {
        await session.close();
      }
    });
  }

  /** Connects to a database that everybody may connect to. @param work closes the session. */
  async #asMaintainer<T>(signal: AbortSignal | undefined, work: (session: Session) => Promise<T>): Promise<T> {
    const failures: unknown[] = [];
    for (const database of maintenance) {
      try {
        const session = await this.#open(database, signal);
        return await work(session);
      } catch (error) {
        if (!(error instanceof DatabaseError && error.failure === 'missing')) throw error;
        failures.push(error);
      }
    }
    throw failures[0];
  }
}

// objects of extensions do not count: templates bring some
const occupiedQuery = `
  select exists (
    select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  ) or exists (
    select from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  ) or exists (
    select from pg_catalog.pg_namespace n where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
      and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e')
  ) or exists (select from pg_catalog.pg_largeobject_metadata) as occupied`;

/** A release's major number: 17 of `17.6`. */
function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
