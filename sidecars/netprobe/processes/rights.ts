import type { ProcMount } from './mount.ts';
import type { ProcessStatus } from './status.ts';

/** Who looks: ourselves. */
export type Looker = Pick<ProcessStatus, 'groups' | 'effective' | 'bounding'>;

/** A process whose open files are refused. */
export interface Refused extends Pick<ProcessStatus, 'uid' | 'gid' | 'oneUser' | 'permitted'> {
  readonly pid: number;
  /** Whether its own user may look into it: not where it changed its user, as the workers of many servers do (prctl(2), PR_SET_DUMPABLE). */
  readonly dumpable: boolean;
}

/** Numbers of capabilities, linux/capability.h. */
const CAP = { DAC_OVERRIDE: 1n, DAC_READ_SEARCH: 2n, SYS_PTRACE: 19n } as const;

function has(mask: bigint, ...capabilities: readonly bigint[]): boolean {
  return capabilities.some((capability) => ((mask >> capability) & 1n) === 1n);
}

/**
 * The least flags of `docker run` with which one process could be looked into (ptrace(2), PTRACE_MODE_READ_FSCREDS).
 * Its own user is enough where it has no capability that we would not have; else it takes the one to trace others, which only root gets.
 */
function flagsFor({ uid, gid, oneUser, permitted, dumpable }: Refused, looker: Looker): string {
  return uid !== 0 && oneUser && dumpable && permitted === 0n ? `--user ${uid}:${gid}` : flagsForAll(looker);
}

/** Those with which every process could be looked into. */
function flagsForAll({ bounding }: Looker): string {
  const flags = ['--user 0', '--cap-add SYS_PTRACE'];
  // the folder of open files is the user's own, and root without a capability for files is no exception; Docker gives one of them unless all are dropped
  if (!has(bounding, CAP.DAC_OVERRIDE, CAP.DAC_READ_SEARCH)) flags.push('--cap-add DAC_READ_SEARCH');
  return flags.join(' ');
}

/** Whether we may do all that flags could give: then something else forbids it. */
function mayAll({ effective }: Looker): boolean {
  return has(effective, CAP.SYS_PTRACE) && has(effective, CAP.DAC_OVERRIDE, CAP.DAC_READ_SEARCH);
}

/** How many processes are named one by one. */
const mostNamed = 5;

/** One sentence about all processes whose open files and sockets are refused: which flags give them. Undefined where none is. */
export function explainRefused(refused: readonly Refused[], looker: Looker): string | undefined {
  if (refused.length === 0) return undefined;
  const pids = refused.slice(0, mostNamed).map(({ pid }) => pid);
  const more = refused.length > mostNamed ? ` and ${refused.length - mostNamed} more` : '';
  const what = `the open files and sockets of ${refused.length === 1 ? 'process' : 'processes'} ${pids.join(', ')}${more} are not told`;
  if (mayAll(looker))
    return `${what}, though this container has the capabilities: a security profile such as AppArmor's, or another user namespace, forbids it`;
  const flags = new Set(refused.map((each) => flagsFor(each, looker)));
  const [least] = flags;
  const all = flagsForAll(looker);
  return `${what}: start this container with ${flags.size === 1 && least !== all ? `${least}, or with ${all}` : all}`;
}

/** What to do where /proc hides processes of other users; undefined where it hides none from us. */
export function explainHidden({ hidesProcesses, exemptGroup }: ProcMount, looker: Looker): string | undefined {
  const sees = has(looker.effective, CAP.SYS_PTRACE) || (exemptGroup !== undefined && looker.groups.includes(exemptGroup));
  if (!hidesProcesses || sees) return undefined;
  const group = exemptGroup === undefined ? '' : `with --group-add ${exemptGroup}, `;
  return `/proc is mounted with hidepid, which hides the processes of other users: start this container ${group}as the user of the process, --user UID, or with ${flagsForAll(looker)}`;
}
