import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { DatabaseError } from '../failure.ts';
import type { Scratch } from '../server.ts';
import type { Session } from './client.ts';
import { createDatabase, literal, quoted } from './create.ts';

/** How the names of scratch databases begin, and their comments: only what has both is ever dropped. */
const prefix = 'sidekick_drill_';
const mark = 'sidekick/backup drill';

/**
 * A scratch database. While its process lives a lock of its name is held, so that others know that it is in use; the lock dies with the
 * connection, and the next drill drops what is left.
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
export class PostgresScratch implements Scratch {
  readonly database: string;
  readonly #session: Session;

  private constructor(session: Session, database: string) {
    this.#session = session;
    this.database = database;
  }

  /** Makes one. @param session is closed with it, or where it cannot be made. @throws DatabaseError */
  static async make(session: Session, like: Readonly<Record<string, string>>): Promise<PostgresScratch> {
    try {
      await sweep(session);
      const database = `${prefix}${randomBytes(6).toString('hex')}`;
      await session.rows('select pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 0))', [database]);
      await createAbout(session, database, like);
      await session.rows(
        `comment on database ${quoted(database)} is ${literal(`${mark} on ${hostname()}, ${new Date().toISOString()}`)}`,
      );
      return new PostgresScratch(session, database);
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

/** A locale that the server does not have matters to nobody who only looks. */
async function createAbout(session: Session, database: string, like: Readonly<Record<string, string>>): Promise<void> {
  try {
    await createDatabase(session, database, like);
  } catch (error) {
    if (!(error instanceof DatabaseError && /locale|collat/i.test(error.message))) throw error;
    await createDatabase(session, database, { encoding: like.encoding ?? 'UTF8', lc_collate: 'C', lc_ctype: 'C' });
  }
}

/** Drops the scratch databases that nobody uses any more. */
async function sweep(session: Session): Promise<void> {
  for (const name of await scratchNames(session)) {
    const lock = 'pg_catalog.hashtextextended($1, 0)';
    const { free } = await session.row<{ free: boolean }>(`select pg_catalog.pg_try_advisory_lock(${lock}) as free`, [name]);
    if (!free) continue;
    await dropScratch(session, name);
    await session.rows(`select pg_catalog.pg_advisory_unlock(${lock})`, [name]);
  }
}

async function dropScratch(session: Session, database: string): Promise<void> {
  if (!(await scratchNames(session)).includes(database))
    throw new DatabaseError(
      'other',
      `${database} is not dropped: it does not say of itself that it is a scratch database of a drill`,
    );
  await session.rows(`drop database ${quoted(database)}${(await session.major()) >= 13 ? ' with (force)' : ''}`);
}

/** The scratch databases of a server, in use or left. @throws DatabaseError */
export async function scratchNames(session: Session): Promise<string[]> {
  const found = await session.rows<{ name: string }>(
    `select d.datname as name from pg_catalog.pg_database d
     where pg_catalog.starts_with(d.datname::text, ${literal(prefix)})
       and pg_catalog.starts_with(pg_catalog.shobj_description(d.oid, 'pg_database'), ${literal(mark)})
     order by 1`,
  );
  return found.map(({ name }) => name);
}
