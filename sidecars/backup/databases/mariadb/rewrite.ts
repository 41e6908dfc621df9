import type { ByteSource } from '../../bytes.ts';
import { DatabaseError } from '../failure.ts';
import type { RestoreInto } from '../server.ts';
import { head, sectionOf } from './section.ts';
import { creates, dropFor, unqualified, withOwnSequences, withoutDefiner, withoutForeignDatabases } from './statement.ts';
import { type Unit, unitsOf } from './units.ts';

/** What of a dump is wanted, and how. */
export type Wanted = Pick<RestoreInto, 'clean' | 'noOwner' | 'tables' | 'inert'>;

/** Looks whether a dump has these tables, or views or sequences. @throws DatabaseError which names those that it has not; whatever the source fails with. */
export async function demandTables(dump: ByteSource, tables: readonly string[]): Promise<void> {
  const missing = new Set(tables);
  for await (const { kind, bytes } of unitsOf(dump))
    if (kind === 'comment') missing.delete(sectionOf(bytes.toString('utf8'))?.name ?? '');
  if (missing.size > 0)
    throw new DatabaseError('missing', `the dump has no table ${[...missing].join(', ')}; write it as it was when it was saved`);
}

/**
 * A dump as it is to be restored: only what is wanted of it, and nothing that would go to another database.
 * @throws DatabaseError where it holds what is not understood; whatever the source fails with.
 */
export async function* rewritten(dump: ByteSource, wanted: Wanted): AsyncGenerator<Uint8Array> {
  let section = head;
  let database = '';
  for await (const unit of unitsOf(dump)) {
    if (section === head) database = /^-- Host: .* {4}Database: (.*)/.exec(unit.bytes.toString('latin1'))?.[1] ?? database;
    if (unit.kind === 'comment') section = sectionOf(unit.bytes.toString('utf8')) ?? section;
    // what sets the delimiter holds for what follows
    const chosen = unit.kind === 'delimiter' || isChosen(section, wanted);
    if (chosen) yield unit.kind === 'statement' ? statementOf(unit, wanted, database) : unit.bytes;
  }
}

function isChosen({ kind, name }: typeof head, { tables, inert }: Wanted): boolean {
  // events run by themselves
  if (inert && kind === 'events') return false;
  return kind === 'head' || tables.length === 0 || tables.includes(name);
}

/** @param database the one that was dumped */
function statementOf({ bytes, delimiter }: Unit, { clean, noOwner, inert }: Wanted, database: string): Uint8Array {
  // a byte is a character here: texts in other character sets pass as they are
  let sql = bytes.toString('latin1');
  if (!creates(sql)) return bytes;
  sql = withOwnSequences(unqualified(sql), database);
  const drop = clean ? dropFor(sql) : undefined;
  if (noOwner) sql = withoutDefiner(sql);
  if (inert) sql = withoutForeignDatabases(sql);
  return Buffer.from(drop === undefined ? sql : `${drop}${delimiter}\n${sql}`, 'latin1');
}
