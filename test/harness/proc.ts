import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

// what Linux tells of a process: proc(5)

/** How many file descriptors a process has open. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** What a process has open: paths, those of deleted files with ` (deleted)` behind them, and other things by their kind. */
export function openPaths(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(`${folder}/${fd}`)];
    } catch {
      // closed between the two calls
      return [];
    }
  });
}

/**
 * The memory that a process has written to and has for itself alone, in bytes. Pages of its program are not counted: whether those are
 * its alone depends on who else runs the same program at that moment.
 */
export function privateMemory(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Private_Dirty: +(\d+) kB$/m.exec(rollup)?.[1]) * 1024;
}

/** The processor time that a process has used, in seconds; the kernel counts it in hundredths. */
export function processorTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // the name of the program may hold anything: count from behind it
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** States of TCP sockets (include/net/tcp_states.h). */
const states = { established: '01', synSent: '02', listen: '0A' } as const;

/** How many TCP sockets of this machine are in a state, by the port of their own side or of the other one. */
export function tcpSockets(state: keyof typeof states, side: 'local' | 'remote', port: number): number {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => readFileSync(path, 'utf8').trim().split('\n').slice(1));
  return lines.filter((line) => {
    const [, local = '', remote = '', found] = line.trim().split(/\s+/);
    return found === states[state] && (side === 'local' ? local : remote).endsWith(`:${wanted}`);
  }).length;
}
