import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import { codeOf, isDenied } from '#shared/exit.ts';
import { parseOpenFilesLimit } from './limits.ts';
import { type ProcMount, parseProcMount } from './mount.ts';
import { type OpenFile, openFile, socketInode } from './open-files.ts';
import type { Refused } from './rights.ts';
import { parseStat, type Stat } from './stat.ts';
import { type ProcessStatus, parseStatus } from './status.ts';

/** A process, with what everybody is told of it. */
export interface Process extends Omit<Stat, 'started'>, ProcessStatus {
  /** Its words; empty for a thread of the kernel, and for a zombie. */
  readonly command: readonly string[];
  readonly ageSeconds: number;
  /** How many files it has open; undefined where that is not told. */
  readonly openFiles: number | undefined;
  readonly openFilesLimit: number;
  /** Its cgroup of version 2; empty where it has none. */
  readonly cgroup: string;
}

/** Who has a socket open. */
export interface SocketOwner {
  readonly pid: number;
  readonly name: string;
  readonly fd: number;
}

/** The kernel tells when a process began in these (sysconf(3), _SC_CLK_TCK). */
const ticksPerSecond = 100;

/** The processes that can be seen. What ends while it is looked at is left out; what is refused is told by {@link refused}. */
export class ProcessTable {
  readonly #proc: string;
  readonly #refused = new Map<number, Refused>();
  #hidden = 0;

  constructor(proc = '/proc') {
    this.#proc = proc;
  }

  /** Processes whose open files were refused to us so far. */
  get refused(): readonly Refused[] {
    return [...this.#refused.values()];
  }

  /** How many processes showed no more than their numbers when {@link list} was asked last: what hidepid=noaccess does. */
  get hidden(): number {
    return this.#hidden;
  }

  /** How it was mounted. */
  get mount(): ProcMount {
    return parseProcMount(readFileSync(`${this.#proc}/self/mountinfo`, 'utf8'), this.#proc);
  }

  /** All of them, by their numbers. */
  list(): Process[] {
    this.#hidden = 0;
    return this.#pids().flatMap((pid) => this.one(pid) ?? []);
  }

  /** One of them; undefined where there is none of that number, or it is hidden. */
  one(pid: number): Process | undefined {
    const stat = parseStat(this.#text(pid, 'stat'));
    const status = this.#text(pid, 'status');
    if (stat === undefined || status === '') return undefined;
    const { started, ...rest } = stat;
    return {
      ...rest,
      ...parseStatus(status),
      command: this.#text(pid, 'cmdline')
        .replace(/\0+$/, '')
        .split('\0')
        .filter((word, index) => word !== '' || index > 0),
      ageSeconds: Math.max(0, uptime() - started / ticksPerSecond),
      openFiles: this.#openFiles(pid),
      openFilesLimit: parseOpenFilesLimit(this.#text(pid, 'limits')),
      cgroup: /^0::(.*)$/m.exec(this.#text(pid, 'cgroup'))?.[1] ?? '',
    };
  }

  /** The open files of a process; undefined where they are refused, or it ended. */
  filesOf(pid: number): OpenFile[] | undefined {
    return this.#links(pid)?.map(({ fd, target }) => openFile(fd, target, this.#text(pid, `fdinfo/${fd}`)));
  }

  /** The inodes of the sockets that a process has open, one for each descriptor; undefined as {@link filesOf}. */
  socketsOf(pid: number): number[] | undefined {
    return this.#links(pid)?.flatMap(({ target }) => socketInode(target) || []);
  }

  /** Whose each socket is, by its inode. Several may have the same one. Those of processes that refuse it are not in it. */
  socketOwners(): Map<number, SocketOwner[]> {
    const owners = new Map<number, SocketOwner[]>();
    for (const pid of this.#pids()) {
      const name = parseStat(this.#text(pid, 'stat'))?.name ?? '';
      for (const { fd, target } of this.#links(pid) ?? []) {
        const inode = socketInode(target);
        if (inode === 0) continue;
        const known = owners.get(inode);
        if (known === undefined) owners.set(inode, [{ pid, name, fd }]);
        else known.push({ pid, name, fd });
      }
    }
    return owners;
  }

  /** Which network namespace a process is in, as the kernel names it; undefined where that is refused. */
  networkOf(pid: number | 'self'): string | undefined {
    return attempt(() => readlinkSync(`${this.#proc}/${pid}/ns/net`));
  }

  #pids(): number[] {
    return readdirSync(this.#proc)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((one, other) => one - other);
  }

  /** The text of a file of a process; empty where it is gone or refused. */
  #text(pid: number, file: string): string {
    try {
      return readFileSync(`${this.#proc}/${pid}/${file}`, 'utf8');
    } catch (error) {
      if (file === 'stat' && isDenied(error)) this.#hidden += 1;
      return '';
    }
  }

  /** Since Linux 6.2 the size of the folder is their number, which everybody is told; before, whoever may look into it counts them. */
  #openFiles(pid: number): number | undefined {
    const folder = `${this.#proc}/${pid}/fd`;
    const size = attempt(() => statSync(folder).size) ?? 0;
    return size > 0 ? size : attempt(() => readdirSync(folder).length);
  }

  /** Where the descriptors of a process lead. A process that is refused is noted. */
  #links(pid: number): { readonly fd: number; readonly target: string }[] | undefined {
    const folder = `${this.#proc}/${pid}/fd`;
    try {
      return readdirSync(folder)
        .map(Number)
        .sort((one, other) => one - other)
        .flatMap((fd) => {
          const target = linkOf(`${folder}/${fd}`);
          return target === undefined ? [] : [{ fd, target }];
        });
    } catch (error) {
      if (isDenied(error)) this.#refuse(pid);
      return undefined;
    }
  }

  #refuse(pid: number): void {
    const status = this.#text(pid, 'status');
    if (status === '') return;
    const { uid, gid, oneUser, permitted } = parseStatus(status);
    // what may not be dumped belongs to root
    const owner = attempt(() => statSync(`${this.#proc}/${pid}/fd`).uid);
    this.#refused.set(pid, { pid, uid, gid, oneUser, permitted, dumpable: owner === uid });
  }
}

/** Where a link leads; undefined where it is closed by now. @throws the error of the system where it is refused */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What is gone or refused is undefined. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
