import type { BackupSettings } from '../config.ts';
import { allDatabases, type DatabaseAddress } from './address.ts';
import { DatabaseError } from './failure.ts';
import * as mariadb from './mariadb/connection.ts';
import { MariadbServer } from './mariadb/server.ts';
import { connectionOf, databaseOf } from './postgres/connection.ts';
import { PostgresServer } from './postgres/server.ts';
import type { DatabaseLook, DatabaseServer } from './server.ts';

/** A server, and the name of a database there, or {@link allDatabases}. */
export interface Addressed {
  readonly server: DatabaseServer;
  readonly database: string;
}

/** A database that is there and can be saved. */
export interface Target {
  readonly server: DatabaseServer;
  readonly look: DatabaseLook;
}

/** The server that an address means; nothing is connected yet. */
export function serverOf(address: DatabaseAddress, settings: BackupSettings): Addressed {
  if (address.engine === 'mysql')
    return { server: new MariadbServer(mariadb.connectionOf(address, settings)), database: mariadb.databaseOf(address) };
  const { level, pgJobs: jobs, pgLockTimeout: lockTimeout, tmp } = settings;
  const server = new PostgresServer(connectionOf(address, settings), { level, jobs, lockTimeout, tmp });
  return { server, database: databaseOf(address, settings) };
}

/**
 * Looks at every database that addresses mean, before anything is begun: each once, those of one server together.
 * @throws DatabaseError which says all that stands against saving any of them.
 */
export async function findTargets(
  addresses: readonly DatabaseAddress[],
  settings: BackupSettings,
  signal: AbortSignal,
): Promise<Target[]> {
  const servers = new Map<string, DatabaseServer>();
  const targets = new Map<string, Target>();
  const problems: DatabaseError[] = [];
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DatabaseError)) throw error;
      problems.push(error);
    }
  };
  for (const address of addresses)
    await attempt(async () => {
      const { server: found, database } = serverOf(address, settings);
      const server = servers.get(found.name) ?? found;
      servers.set(server.name, server);
      for (const name of database === allDatabases ? await server.databases(signal) : [database])
        await attempt(async () => {
          const look = await server.look(name, signal);
          if (!targets.has(look.source)) targets.set(look.source, { server, look });
        });
    });
  const [first, ...others] = problems;
  if (first !== undefined)
    throw others.length === 0 ? first : new DatabaseError(first.failure, problems.map(({ message }) => message).join('\n'));
  return [...targets.values()];
}
