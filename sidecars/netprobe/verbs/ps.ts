import { Exit, exitCode } from '#shared/exit.ts';
import { print } from '#shared/print.ts';
import { plain, table } from '#shared/tables/table.ts';
import type { NetprobeLife } from '../netprobe.ts';
import { explainElsewhere, lookAtOthers } from '../processes/looking.ts';
import type { Process, ProcessTable } from '../processes/process-table.ts';
import { type SocketWords, socketsByInode } from '../processes/socket-words.ts';

/** What `netprobe ps` is asked for. */
export interface PsWords {
  /** Numbers of processes; all of them where there is none. */
  readonly words: readonly string[];
  readonly json: boolean;
}

/** How many TCP sockets a process has; undefined where it is not told. */
interface Counts {
  readonly connections: number;
  readonly listeners: number;
}

/**
 * `netprobe ps`: the processes of a container whose pid namespace is shared.
 * @throws Exit with 64 for what is no number, 77 where no pid namespace is shared, and 1 where a process is not there.
 */
export async function ps({ log }: Pick<NetprobeLife, 'log'>, { words, json }: PsWords): Promise<void> {
  const strange = words.filter((word) => !/^[1-9]\d*$/.test(word));
  if (strange.length > 0) throw new Exit(exitCode.settings, `${strange.join(', ')}: a process is named by its number, PID`);
  const { table: processes, processes: all, missing } = lookAtOthers();
  const gone = words.filter((word) => !all.some(({ pid }) => pid === Number(word)));
  if (gone.length > 0)
    throw new Exit(exitCode.failed, `there is no process ${gone.join(', ')} that can be seen; ps lists those there are`);
  const chosen = all.filter(({ pid }) => words.length === 0 || words.includes(String(pid)));
  const sockets = socketsByInode();
  const home = processes.networkOf('self');
  const counted = chosen.map((process): readonly [Process, Counts | undefined] => [
    process,
    count(processes, process.pid, sockets, home),
  ]);
  await print(json ? `${JSON.stringify(counted.map(([process, counts]) => asJson(process, counts)))}\n` : asTable(counted));
  const elsewhere = explainElsewhere(
    processes,
    chosen.map(({ pid }) => pid),
  );
  for (const sentence of [...missing(), ...(elsewhere === undefined ? [] : [elsewhere])]) log.warn(sentence);
}

function count(
  processes: ProcessTable,
  pid: number,
  sockets: ReadonlyMap<number, SocketWords>,
  home: string | undefined,
): Counts | undefined {
  const inodes = processes.socketsOf(pid);
  // the sockets of another network namespace are not among those that we see
  if (inodes === undefined || processes.networkOf(pid) !== home) return undefined;
  const states = [...new Set(inodes)].map((inode) => sockets.get(inode)).filter((socket) => socket?.protocol === 'tcp');
  return {
    connections: states.filter((socket) => socket?.state === 'ESTAB').length,
    listeners: states.filter((socket) => socket?.state === 'LISTEN').length,
  };
}

function asTable(counted: readonly (readonly [Process, Counts | undefined])[]): string {
  const known = (value: number | undefined) => (value === undefined ? '-' : String(value));
  const rows = counted.map(([process, counts]) => [
    String(process.pid),
    String(process.uid),
    process.state,
    String(process.threads),
    mebibytes(process.resident),
    `${known(process.openFiles)}/${process.openFilesLimit === Infinity ? 'unlimited' : process.openFilesLimit}`,
    known(counts?.connections),
    known(counts?.listeners),
    age(process.ageSeconds),
    process.command.length === 0 ? `[${plain(process.name)}]` : plain(process.command.join(' ')),
  ]);
  const text = table([['PID', 'USER', 'STATE', 'THREADS', 'MEMORY', 'FILES', 'TCP', 'LISTEN', 'AGE', 'COMMAND'], ...rows], {
    right: [0, 1, 3, 4, 5, 6, 7, 8],
  });
  const { isTTY, columns } = process.stdout;
  // a command line that wraps makes a table that nobody can read; in a pipe it is whole
  return isTTY ? text.replace(/^.*$/gm, (line) => line.slice(0, columns)) : text;
}

function asJson(process: Process, counts: Counts | undefined): Record<string, unknown> {
  const { pid, parent, name, command, state, uid, gid, threads, resident, openFiles, openFilesLimit, ageSeconds, cgroup } =
    process;
  return {
    pid,
    parent,
    name,
    command,
    state,
    uid,
    gid,
    threads,
    residentBytes: resident,
    openFiles: openFiles ?? null,
    openFilesLimit: openFilesLimit === Infinity ? null : openFilesLimit,
    tcpConnections: counts?.connections ?? null,
    tcpListeners: counts?.listeners ?? null,
    ageSeconds: Math.round(ageSeconds * 100) / 100,
    cgroup,
  };
}

/** `12.3M`, in MiB. */
function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)}M`;
}

/** `4d3h`, `2h5m`, `7m30s`, `12s`. */
export function age(seconds: number): string {
  const whole = Math.floor(seconds);
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  if (days > 0) return `${days}d${hours}h`;
  if (hours > 0) return `${hours}h${minutes}m`;
  return minutes > 0 ? `${minutes}m${whole % 60}s` : `${whole}s`;
}
