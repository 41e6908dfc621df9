import { readFileSync } from 'node:fs';
import { Exit, exitCode } from '#shared/exit.ts';
import { type Process, ProcessTable, type SocketOwner } from './process-table.ts';
import { explainHidden, explainRefused, type Looker } from './rights.ts';
import { isAlone } from './shared.ts';
import { parseStatus } from './status.ts';

/** The processes that can be seen, and what can be told of those that cannot. */
export interface Sight {
  readonly table: ProcessTable;
  readonly processes: readonly Process[];
  /** Why there are none but our own, and which flag gives them; undefined where there are others. */
  readonly alone: string | undefined;
  /** Sentences about what is not told, and which flags give it. To be asked when all has been read. */
  readonly missing: () => string[];
}

/** Looks at all processes. @param self our own number */
export function look(table = new ProcessTable(), self = process.pid): Sight {
  const looker: Looker = parseStatus(readFileSync('/proc/self/status', 'utf8'));
  const processes = table.list();
  const hidden = explainHidden(table.mount, looker);
  const notShared =
    'no processes but our own can be seen: start this container with --pid container:NAME to share those of another one';
  // the first process of a pid namespace would not be alone in one that it shares
  const alone = isAlone(processes, self) ? ((self === 1 ? undefined : hidden) ?? notShared) : undefined;
  const missing = () => {
    const refused = explainRefused(table.refused, looker);
    return [alone ?? hidden, refused].filter((sentence) => sentence !== undefined);
  };
  return { table, processes, alone, missing };
}

/** Looks at all processes. @throws Exit with 77 where none but our own can be seen, saying which flag gives them. */
export function lookAtOthers(): Sight {
  const sight = look();
  if (sight.alone !== undefined) throw new Exit(exitCode.permission, sight.alone);
  return sight;
}

/** Whose each socket is, by its inode, as far as that is told; and sentences about what is not, with the flags that give it. */
export function lookForOwners(): {
  readonly owners: ReadonlyMap<number, readonly SocketOwner[]>;
  readonly missing: readonly string[];
} {
  const { table, missing } = look();
  const owners = table.socketOwners();
  return { owners, missing: missing() };
}

/** Why the sockets of some of these processes are not told, as they are not in our network namespace; undefined where all of them are. */
export function explainElsewhere(table: ProcessTable, pids: readonly number[]): string | undefined {
  const home = table.networkOf('self');
  // where that is refused it is told already
  const elsewhere = pids.filter((pid) => (table.networkOf(pid) ?? home) !== home);
  if (elsewhere.length === 0) return undefined;
  const [first = 0, ...more] = elsewhere;
  const what = more.length === 0 ? `process ${first} is` : `process ${first} and ${more.length} more are`;
  return `${what} in another network namespace, and the sockets are not told: start this container with --net container:NAME as well`;
}
