import { type TableRow, tablesQuery } from './catalogue.ts';
import type { Session } from './client.ts';

/** How many tables are locked by one statement. */
const together = 500;
/** A lock that cannot be had at once, and a table that is gone: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const expected = ['55P03', '42P01'];

/**
 * The tables that cannot be counted in the state of the session's snapshot: somebody has emptied, rewritten or dropped them since, or waits to do
 * so. The others are kept from that until the transaction ends.
 * @param before the tables as they were when the snapshot was taken. @throws DatabaseError
 */
export async function changedTables(session: Session, before: readonly TableRow[]): Promise<ReadonlySet<string>> {
  const refused = await lockTables(
    session,
    before.map(({ name }) => name),
  );
  const now = new Map((await session.rows<TableRow>(tablesQuery)).map(({ name, file }) => [name, file]));
  const changed = before.filter(({ name, file }) => file === null || now.get(name) !== file);
  return new Set([...refused, ...changed.map(({ name }) => name)]);
}

/**
 * Keeps tables from being emptied, rewritten or dropped until the transaction of the session ends: what does that is not undone for a snapshot
 * that is older. It waits for nobody, as somebody who waits for the dump may stand before us.
 * https://www.postgresql.org/docs/current/mvcc-caveats.html
 * @param names as SQL writes them.
 * @returns those that could not be locked, as somebody waits to change them. @throws DatabaseError
 */
async function lockTables(session: Session, names: readonly string[]): Promise<Set<string>> {
  const refused = new Set<string>();
  for (let at = 0; at < names.length; at += together) {
    const some = names.slice(at, at + together);
    if (await lock(session, some)) continue;
    for (const name of some) if (!(await lock(session, [name]))) refused.add(name);
  }
  return refused;
}

/** Whether all of them could be locked; otherwise none is. */
function lock(session: Session, names: readonly string[]): Promise<boolean> {
  const list = names.map((name) => `only ${name}`).join(', ');
  return session.attempt(`lock table ${list} in access share mode nowait`, expected);
}
