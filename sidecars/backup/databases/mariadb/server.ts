import type { ByteSink, ByteSource } from '../../bytes.ts';
import { nameOfDatabase } from '../address.ts';
import type { TableFacts } from '../facts.ts';
import { DatabaseError } from '../failure.ts';
import type { DatabaseLook, DatabaseServer, RestoreInto } from '../server.ts';
import { databasesOf } from './catalogue.ts';
import type { Connection } from './connection.ts';
import { createStatement } from './create.ts';
import { factsOf } from './facts.ts';
import { dumpGlobals, restoreAccounts } from './globals.ts';
import { inspect } from './inspect.ts';
import { literal } from './literal.ts';
import { restoreDump } from './restore.ts';
import { Rights } from './rights.ts';
import { MariadbScratch, scratchNames } from './scratch.ts';
import { inSession, type Reach, Session } from './session.ts';
import { MariadbSnapshot } from './snapshot.ts';
import { findTools, type Tools } from './tools.ts';

/** A server of MariaDB or MySQL. */
export class MariadbServer implements DatabaseServer {
  readonly engine = 'mysql';
  readonly name: string;
  readonly #connection: Connection;
  #tools: Promise<Tools> | undefined;

  constructor(connection: Connection) {
    this.name = connection.server;
    this.#connection = connection;
  }

  async databases(signal: AbortSignal): Promise<string[]> {
    return inSession(await this.#reach(signal), undefined, async (session) => {
      const rights = await Rights.of(session);
      if (!rights.has('SHOW DATABASES') && !rights.has('SELECT'))
        throw new DatabaseError(
          'denied',
          `${this.name}: ${rights.account} does not see all databases; GRANT SHOW DATABASES ON *.* TO ${rights.account}, or name the databases to save one by one`,
        );
      const scratches = new Set(await scratchNames(session));
      return (await databasesOf(session)).filter((name) => !scratches.has(name));
    });
  }

  async look(database: string, signal: AbortSignal): Promise<DatabaseLook> {
    const reach = await this.#reach(signal);
    const look = await inSession(reach, database, (session) => inspect(session, database, reach.tools.vendor));
    return { ...look, database, source: nameOfDatabase(this.name, database), tool: reach.tools.name };
  }

  async snapshot(look: DatabaseLook, signal: AbortSignal): Promise<MariadbSnapshot> {
    return MariadbSnapshot.take({ ...(await this.#reach(signal)), look, signal });
  }

  async globals(sink: ByteSink, signal: AbortSignal): Promise<string[]> {
    const reach = await this.#reach(signal);
    return inSession(reach, undefined, (session) => dumpGlobals(sink, session, () => Session.open(reach)));
  }

  async restoreGlobals(sql: string, signal: AbortSignal): Promise<string[]> {
    return inSession(await this.#reach(signal), undefined, (session) => restoreAccounts(sql, session));
  }

  async stateOf(database: string): Promise<'missing' | 'empty' | 'occupied'> {
    return inSession(await this.#reach(), undefined, async (session) => {
      const { there, things } = await session.row(['there', 'things'], stateQuery(database));
      return there === '0' ? 'missing' : things === '0' ? 'empty' : 'occupied';
    });
  }

  async create(database: string, like: Readonly<Record<string, string>>): Promise<void> {
    await inSession(await this.#reach(), undefined, (session) => session.rows(createStatement(database, like)));
  }

  async scratch(like: Readonly<Record<string, string>>): Promise<MariadbScratch> {
    return MariadbScratch.make(await Session.open(await this.#reach()), like);
  }

  async restore(dump: () => ByteSource, into: RestoreInto): Promise<void> {
    await restoreDump(dump, into, await this.#reach(into.signal));
  }

  async facts(database: string, checksums: boolean, signal: AbortSignal): Promise<TableFacts[]> {
    return inSession(await this.#reach(signal), database, (session) => factsOf(session, database, checksums));
  }

  /** The programs are looked for once. Whatever they are found for, others wait for them too: no signal ends that. */
  async #reach(signal?: AbortSignal): Promise<Reach> {
    this.#tools ??= findTools(new AbortController().signal);
    return { connection: this.#connection, tools: await this.#tools, signal };
  }
}

function stateQuery(database: string): string {
  const name = literal(database);
  return `
    select (select count(*) from information_schema.schemata where schema_name = ${name}),
      (select count(*) from information_schema.tables where table_schema = ${name})
      + (select count(*) from information_schema.routines where routine_schema = ${name})
      + (select count(*) from information_schema.events where event_schema = ${name})`;
}
