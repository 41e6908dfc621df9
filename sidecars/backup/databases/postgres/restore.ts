import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { unpack } from '../../archive/unpack.ts';
import type { ByteSource } from '../../bytes.ts';
import { nameOfDatabase } from '../address.ts';
import { DatabaseError } from '../failure.ts';
import { Program, type ProgramEnd, whyFailed } from '../program.ts';
import type { RestoreInto } from '../server.ts';
import { type Connection, environmentOf } from './connection.ts';
import { chooseEntries, readContents } from './table-of-contents.ts';
import type { Tools } from './tools.ts';

/** Where, and by which programs. */
export interface RestoreWith {
  readonly connection: Connection;
  readonly tools: Tools;
  /** The major number of the server's release. */
  readonly major: number;
  /** A folder for what has to be on the disk meanwhile: a dump that several jobs read, or one in many files. */
  readonly tmp: string;
}

/**
 * Brings a dump back by pg_restore, which stops at the first error.
 * @param dump reads it, each time from its beginning.
 * @throws DatabaseError; whatever the source fails with.
 */
export async function restoreDump(dump: () => ByteSource, into: RestoreInto, given: RestoreWith): Promise<void> {
  const { connection, tools } = given;
  const stumbles = tools.major >= timeoutSince && given.major < timeoutSince;
  if (stumbles && into.occupied)
    throw new DatabaseError(
      'tool',
      `${nameOfDatabase(connection.server, into.database)} is of release ${given.major}, and the dump is read by pg_restore ${tools.version}, which cannot restore there in one transaction, so that what is there could be lost; restore to a new database, which is made where it is missing`,
    );
  const folder = await mkdtemp(join(given.tmp, 'sidekick-restore-'));
  try {
    const path = await onDisk(dump, into, folder);
    const read = path === undefined ? dump : undefined;
    const operands = path === undefined ? [] : [path];
    const list = into.tables.length === 0 ? [] : await listOf(read, operands, into, given, folder);
    const args = [...argumentsFor(into), ...(stumbles ? [] : ['--exit-on-error']), ...list, ...operands];
    const { end } = await pgRestore(read, args, into, given);
    if (stumbles && hasOnlyStumbled(end)) return;
    const why = whyFailed(`pg_restore ${tools.version} into ${nameOfDatabase(connection.server, into.database)}`, end);
    if (why !== undefined) throw new DatabaseError('other', why);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first release that knows transaction_timeout, which pg_restore sets since then, whether the server knows it or not. */
const timeoutSince = 17;

/** Whether nothing went wrong but that. */
function hasOnlyStumbled({ code, said }: ProgramEnd): boolean {
  const ours =
    /^pg_restore: error: could not execute query: ERROR: +unrecognized configuration parameter "transaction_timeout"$/gm;
  const errors = said.match(/^pg_restore: error: .*$/gm) ?? [];
  const stumbled = said.match(ours) ?? [];
  const [, ignored] = /^pg_restore: warning: errors ignored on restore: (\d+)$/m.exec(said) ?? [];
  return code === 1 && ignored !== undefined && errors.length === stumbled.length && Number(ignored) <= stumbled.length;
}

function argumentsFor({ database, occupied, clean, noOwner, inert, jobs }: RestoreInto): string[] {
  return [
    `--dbname=${conninfo(database)}`,
    '--no-password',
    '--no-tablespaces',
    ...(occupied ? ['--single-transaction'] : jobs > 1 ? [`--jobs=${jobs}`] : []),
    ...(clean ? ['--clean', '--if-exists'] : []),
    ...(noOwner ? ['--no-owner', '--no-acl'] : []),
    ...(inert ? ['--no-subscriptions', '--no-publications'] : []),
  ];
}

/** Where the dump has to be on the disk, its path there; undefined where pg_restore can read it as it comes. */
async function onDisk(
  dump: () => ByteSource,
  { format, jobs, signal }: RestoreInto,
  folder: string,
): Promise<string | undefined> {
  const path = join(folder, 'dump');
  if (format === 'directory') {
    await mkdir(path);
    await unpack(dump(), path, { wants: () => !signal.aborted, onEntry: () => signal.throwIfAborted() });
    return path;
  }
  if (jobs === 1) return undefined;
  await pipeline(dump(), createWriteStream(path, { mode: 0o600 }), { signal });
  return path;
}

/** Chooses the entries of some tables; gives the arguments that tell pg_restore of them. */
async function listOf(
  read: (() => ByteSource) | undefined,
  operands: readonly string[],
  into: RestoreInto,
  given: RestoreWith,
  folder: string,
): Promise<string[]> {
  const { end, said } = await pgRestore(read, ['--list', '--verbose', ...operands], into, given);
  const why = whyFailed(`pg_restore ${given.tools.version} --list`, end);
  if (why !== undefined) throw new DatabaseError('other', why);
  const { lines, missing } = chooseEntries(readContents(said), into.tables, !into.occupied);
  if (missing.length > 0)
    throw new DatabaseError(
      'missing',
      `the dump has no table ${missing.join(', ')}; write schema.table as it was when it was saved`,
    );
  const list = join(folder, 'list');
  await writeFile(list, lines.join('\n'));
  return [`--use-list=${list}`];
}

async function pgRestore(
  read: (() => ByteSource) | undefined,
  args: readonly string[],
  { database, signal }: RestoreInto,
  { connection, tools }: RestoreWith,
): Promise<{ readonly end: ProgramEnd; readonly said: string }> {
  const program = new Program(`${tools.folder}/pg_restore`, args, { env: environmentOf(connection, database), signal });
  let said = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const end = await program.feed(read?.() ?? nothing());
  signal.throwIfAborted();
  return { end, said };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** A name of a database as an argument that is not read as anything else: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING */
function conninfo(database: string): string {
  return `dbname='${database.replaceAll(/[\\']/g, '\\$&')}'`;
}
