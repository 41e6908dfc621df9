import { basename } from 'node:path';
import type { ByteSource } from '../../bytes.ts';
import { nameOfDatabase } from '../address.ts';
import { DatabaseError } from '../failure.ts';
import { Program } from '../program.ts';
import type { RestoreInto } from '../server.ts';
import { argumentsOf, environmentOf } from './connection.ts';
import { failureOfEnd } from './failure.ts';
import { demandTables, rewritten } from './rewrite.ts';
import type { Reach } from './session.ts';

/**
 * Brings a dump back: a client runs its statements, and stops at the first error.
 * @param dump reads it, each time from its beginning.
 * @throws DatabaseError; whatever the source fails with.
 */
export async function restoreDump(dump: () => ByteSource, into: RestoreInto, { connection, tools }: Reach): Promise<void> {
  const { database, signal, occupied, tables } = into;
  // before anything is written
  if (tables.length > 0) await demandTables(dump(), tables);
  // its own commands are off but for DELIMITER; comments are kept, as bodies of routines have some
  const how = ['--batch', '--binary-mode', '--comments', '--skip-reconnect', '--max-allowed-packet=1G'];
  const args = [...argumentsOf(connection, tools.vendor), ...how, `--database=${database}`];
  const program = new Program(tools.client, args, { env: environmentOf(connection), signal });
  program.stdout.resume();
  const end = await program.feed(rewritten(dump(), into)).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  const place = nameOfDatabase(connection.server, database);
  const failure = failureOfEnd(`${basename(tools.client)} into ${place}`, end);
  signal.throwIfAborted();
  if (failure === undefined) return;
  const left = occupied ? '; what was made before that stays, as the server takes no definitions back' : '';
  throw new DatabaseError(failure.failure, `${failure.message}${left}`);
}
