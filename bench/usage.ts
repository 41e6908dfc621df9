import { readdirSync, readFileSync } from 'node:fs';

/** What a process took of the machine so far. */
export interface Usage {
  /** Time on the processor in seconds, user and system, with that of its children that have ended. */
  readonly cpu: number;
  /** The most memory that was resident at a time, in bytes (VmHWM). */
  readonly peak: number;
}

/** What the kernel counts in a second of processor time, to programs: USER_HZ, which is 100 on all platforms of ours. */
const ticksPerSecond = 100;

/**
 * Reads what a process took.
 * @returns undefined where it has ended.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function usageOf(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const ticks = timesOf(stat).reduce((sum, time) => sum + time, 0);
    const peak = kilobytes(readFileSync(`/proc/${pid}/status`, 'latin1'), 'VmHWM');
    return peak === 0 ? undefined : { cpu: ticks / ticksPerSecond, peak };
  } catch {
    return undefined;
  }
}

/** Time on the processor of all processes that this one has started and that have ended, with that of theirs, in seconds. */
export function cpuOfEndedChildren(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const [user = 0, system = 0] = timesOf(stat).slice(2);
  return (user + system) / ticksPerSecond;
}

/** Memory at a moment, in bytes. */
export interface Memory {
  /** What a process has made itself: the pages behind it cannot be dropped (RssAnon). */
  readonly anonymous: number;
  /** All pages that are resident, with those of files (VmRSS). */
  readonly resident: number;
}

/** The memory of a process and all that it started, which is counted for each of them; zeros where it has ended. */
export function memoryOfTree(pid: number): Memory {
  let [anonymous, resident] = [0, 0];
  for (const each of treeOf(pid))
    try {
      const status = readFileSync(`/proc/${each}/status`, 'latin1');
      anonymous += kilobytes(status, 'RssAnon');
      resident += kilobytes(status, 'VmRSS');
    } catch {
      // it has ended between the two looks
    }
  return { anonymous, resident };
}

/** Memory that nobody but this process has, in bytes: what it costs the machine. @throws Error where it has ended. */
export function privateDirty(pid: number): number {
  return kilobytes(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'), 'Private_Dirty');
}

/**
 * A process and all that it started, and these started, as far as they run.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_task.5.html
 */
export function treeOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const children = threads.flatMap(
      (thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').match(/\d+/g) ?? [],
    );
    return [pid, ...children.flatMap((child) => treeOf(Number(child)))];
  } catch {
    return [];
  }
}

/** Processor time of a process and all that it started, in seconds. @throws Error where it has ended. */
export function cpuOfTree(pid: number): number {
  const usages = treeOf(pid).map(usageOf);
  if (usages[0] === undefined) throw new Error(`process ${pid} has ended`);
  return usages.reduce((sum, usage) => sum + (usage?.cpu ?? 0), 0);
}

/** The processor that a process has to keep to, from its `status`; undefined where there are several. */
export function onlyCoreOf(status: string): number | undefined {
  const cores = coresOf(/^Cpus_allowed_list:\s+(\S+)/m.exec(status)?.[1] ?? '');
  return cores.length === 1 ? cores[0] : undefined;
}

/** The processors that a list of the kernel names: `0-2,5`. @see https://man7.org/linux/man-pages/man7/cpuset.7.html */
export function coresOf(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/**
 * How long a processor did something since the machine started, or was withheld by the host, in seconds: from /proc/stat.
 * @see https://man7.org/linux/man-pages/man5/proc_stat.5.html
 */
export function coreTime(stat: string, core: number): number {
  const ticks = new RegExp(`^cpu${core} (.*)$`, 'm').exec(stat)?.[1]?.split(' ').map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks;
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond;
}

/** Watches the memory of a process and all that it started, every 20 ms. */
export class TreeWatch {
  /** The most at a time. */
  #peak: Memory = { anonymous: 0, resident: 0 };
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => this.#look(pid), 20);
  }

  /** Looks no more. @returns the most of each at a time; zeros for what ended before the first look. */
  end(): Memory {
    clearInterval(this.#timer);
    return this.#peak;
  }

  #look(pid: number): void {
    const { anonymous, resident } = memoryOfTree(pid);
    this.#peak = {
      anonymous: Math.max(anonymous, this.#peak.anonymous),
      resident: Math.max(resident, this.#peak.resident),
    };
  }
}

/** Watches a process that ends by itself: what it took is known to the last look, every 20 ms. */
export class Watch {
  last: Usage = { cpu: 0, peak: 0 };
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), 20);
  }

  /** Looks for the last time. */
  end(): Usage {
    clearInterval(this.#timer);
    this.#look();
    return this.last;
  }

  #look(): void {
    this.last = usageOf(this.#pid) ?? this.last;
  }
}

/** utime, stime, cutime and cstime: the fields 14 to 17, where the name in parentheses before them may hold anything. */
function timesOf(stat: string): number[] {
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
}

function kilobytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
}
