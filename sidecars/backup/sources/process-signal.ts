import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { codeOf } from '#shared/exit.ts';

/** A process of this PID namespace, as far as somebody looks for it. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** What the kernel calls it: at most 15 bytes. */
  readonly comm: string;
  /** The file name of the program it says it runs; empty for a thread of the kernel. */
  readonly program: string;
}

/** A signal that could not be sent. The message says what to do next. */
export class SignalError extends Error {
  override readonly name = 'SignalError';
}

/**
 * Sends a signal to a process by its name or its number. Of several with that name those get it whose parent has another one: what a server
 * was started as, and not what it started itself.
 * @returns the numbers of those that got it.
 * @throws SignalError where there is none, or we may not.
 */
export function signalProcess(signal: NodeJS.Signals, target: string | number): number[] {
  const ours = ancestry(process.pid);
  if (typeof target === 'number' && ours.includes(target))
    throw new SignalError(`process ${target} is the sidecar itself, or started it; ${sharing}`);
  const pids = typeof target === 'number' ? [target] : named(readProcesses(), target, ours);
  const sent: number[] = [];
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
      sent.push(pid);
    } catch (error) {
      const code = codeOf(error);
      // it ended since it was found
      if (code === 'ESRCH') continue;
      const next = code === 'EPERM' ? '; run the sidecar as the same user, or add the capability KILL' : '';
      throw new SignalError(`may not send ${signal} to process ${pid} (${target}): ${code}${next}`, { cause: error });
    }
  }
  if (sent.length === 0) throw new SignalError(`there is no process ${target}; ${sharing}`);
  return sent;
}

const sharing = 'share the PID namespace of its container (docker run --pid container:NAME, shareProcessNamespace in Kubernetes)';

/** The processes with this name whose parent has another one. `never` are left out: ourselves, and who started us. */
export function named(processes: readonly ProcessInfo[], name: string, never: readonly number[]): number[] {
  const matches = processes.filter(({ pid, comm, program }) => !never.includes(pid) && (program === name || comm === name));
  const pids = new Set(matches.map(({ pid }) => pid));
  return matches.filter(({ parent }) => !pids.has(parent)).map(({ pid }) => pid);
}

/** A process, the one that started it, and so on. */
function ancestry(pid: number): number[] {
  const line: number[] = [];
  // a parent in another namespace is 0
  for (let next = pid; next > 0; next = readProcess(next)?.parent ?? 0) line.push(next);
  return line.includes(process.ppid) ? line : [...line, process.ppid];
}

/** The living processes that we see. @throws SignalError where the system has no /proc. */
export function readProcesses(): ProcessInfo[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch (error) {
    throw new SignalError('processes are found by /proc, which this system lacks; name the process by its number: pid:1', {
      cause: error,
    });
  }
  return names.filter((name) => /^\d+$/.test(name)).flatMap((name) => readProcess(Number(name)) ?? []);
}

/** Undefined where it ended, or nobody has fetched its exit code yet. */
function readProcess(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // PID (COMM) STATE PARENT …: what is in the parentheses may hold anything
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const comm = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    // some servers write a title of several words there: postgres: checkpointer
    return { pid, parent: Number(parent), comm, program: basename(program) };
  } catch {
    return undefined;
  }
}
