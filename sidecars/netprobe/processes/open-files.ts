/** What a descriptor of a process stands for. */
export interface OpenFile {
  readonly fd: number;
  readonly kind: FileKind;
  /** As it is to be read: `r`, `w` or `rw`; empty where that is not told. */
  readonly access: 'r' | 'w' | 'rw' | '';
  /** The path, or what the kernel calls it: `pipe:[123]`. */
  readonly target: string;
  /** The inode of a socket; 0 for everything else. */
  readonly socket: number;
}

export type FileKind = 'file' | 'folder' | 'deleted' | 'socket' | 'pipe' | 'device' | 'memory' | 'kernel';

/** O_DIRECTORY (asm/fcntl.h) by processor. */
const directory = process.arch === 'arm64' ? 0o40000 : 0o200000;

/**
 * Tells what a descriptor is.
 * @param target where its link in /proc/PID/fd leads
 * @param fdinfo the text of /proc/PID/fdinfo/FD, see proc_pid_fdinfo(5); empty where it could not be read
 */
export function openFile(fd: number, target: string, fdinfo: string): OpenFile {
  const octal = /^flags:\s+([0-7]+)/m.exec(fdinfo)?.[1];
  const flags = octal === undefined ? undefined : Number.parseInt(octal, 8);
  const access = flags === undefined ? '' : ((['r', 'w', 'rw'] as const)[flags & 3] ?? '');
  return { fd, kind: kindOf(target, flags ?? 0), access, target, socket: socketInode(target) };
}

/** The inode of the socket that a link leads to; 0 where it leads elsewhere. */
export function socketInode(target: string): number {
  return target.startsWith('socket:[') ? Number.parseInt(target.slice(8), 10) || 0 : 0;
}

function kindOf(target: string, flags: number): FileKind {
  if (target.startsWith('socket:[')) return 'socket';
  if (target.startsWith('pipe:[')) return 'pipe';
  if (target.startsWith('/memfd:') || target.startsWith('/dev/shm/')) return 'memory';
  // anon_inode:[eventpoll], anon_inode:[eventfd], net:[4026531840]
  if (!target.startsWith('/')) return 'kernel';
  if (target.startsWith('/dev/')) return 'device';
  if (target.endsWith(' (deleted)')) return 'deleted';
  return (flags & directory) === 0 ? 'file' : 'folder';
}
