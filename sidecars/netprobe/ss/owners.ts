import type { Log } from '#shared/log.ts';
import { lookForOwners } from '../processes/looking.ts';
import type { Entry } from './entry.ts';
import type { SocketOwner } from './json.ts';

/** Finds out whose sockets are. What cannot be looked at is told once, with what would allow it. */
export function ownersOf(log: Pick<Log, 'warn'>): (entry: Entry) => readonly SocketOwner[] {
  const { owners, missing } = lookForOwners();
  for (const sentence of missing) log.warn(sentence);
  return ({ inode }) => (inode === 0 ? [] : (owners.get(inode) ?? []));
}
