import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { DatabaseError } from '../failure.ts';
import type { Scratch } from '../server.ts';
import { marker } from './catalogue.ts';
import { createStatement } from './create.ts';
import { literal, quoted } from './literal.ts';
import type { Session } from './session.ts';

/** How the names of scratch databases begin. Only what has such a name, and the marker in it, is ever dropped. */
const prefix = 'sidekick_drill_';

/**
 * A scratch database. While its process lives a lock of its name is held, so that others know that it is in use; the lock dies with the
 * connection, and the next drill drops what is left.
 */
export class MariadbScratch implements Scratch {
  readonly database: string;
  readonly #session: Session;

  private constructor(session: Session, database: string) {
    this.#session = session;
    this.database = database;
  }

  /** Makes one. @param session is closed with it, or where it cannot be made. @throws DatabaseError */
  static async make(session: Session, like: Readonly<Record<string, string>>): Promise<MariadbScratch> {
    try {
      await sweep(session);
      const database = `${prefix}${randomBytes(6).toString('hex')}`;
      await session.rows(`do get_lock('${database}', 0)`);
      // sent at once: the client goes through with both, whatever becomes of us
      await session.rows(`${createStatement(database, await known(session, like))};\n${markerStatement(database)}`);
      return new MariadbScratch(session, database);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async drop(): Promise<void> {
    try {
      await dropScratch(this.#session, this.database);
    } finally {
      await this.#session.close();
    }
  }
}

function markerStatement(database: string): string {
  const comment = `${marker.comment} on ${hostname()}, ${new Date().toISOString()}`.replaceAll(/[^\w ./,:-]/g, '');
  return `create table ${quoted(database)}.${marker.table} (nothing int) comment = '${comment}'`;
}

/** A collation that the server does not have matters to nobody who only looks: tables name their own. */
async function known(session: Session, like: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const { there } = await session.row(
    ['there'],
    `select count(*) from information_schema.collations where collation_name = ${literal(like.collation ?? '')}`,
  );
  return there === '0' ? { charset: 'utf8mb4' } : like;
}

/** Drops the scratch databases that nobody uses any more. */
async function sweep(session: Session): Promise<void> {
  for (const name of await scratchNames(session)) {
    const { free } = await session.row(['free'], `select ifnull(get_lock(${literal(name)}, 0), 0)`);
    if (free !== '1') continue;
    await dropScratch(session, name);
    await session.rows(`do release_lock(${literal(name)})`);
  }
}

async function dropScratch(session: Session, database: string): Promise<void> {
  if (!(await scratchNames(session)).includes(database))
    throw new DatabaseError(
      'other',
      `${database} is not dropped: it does not say of itself that it is a scratch database of a drill`,
    );
  await session.rows(`drop database ${quoted(database)}`);
}

/** The scratch databases of a server, in use or left. @throws DatabaseError */
export async function scratchNames(session: Session): Promise<string[]> {
  const found = await session.rows(
    `select table_schema from information_schema.tables
     where table_name = '${marker.table}' and table_comment like '${marker.comment}%' and left(table_schema, ${prefix.length}) = '${prefix}'
     order by 1`,
  );
  return found.map(([name = '']) => name);
}
