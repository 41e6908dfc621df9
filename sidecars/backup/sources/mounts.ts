import { readFileSync } from 'node:fs';

/** A line of /proc/self/mountinfo (proc_pid_mountinfo(5)), as far as somebody here looks at it. */
export interface Mount {
  /** Where it is, absolute; bytes, as a path need not be UTF-8. */
  readonly point: Buffer;
  /** The part of its file system that is mounted: `/` or, for a bind mount, a folder or a file. */
  readonly root: Buffer;
  /** True where that part is deleted on the host: what is mounted is still there, and read only through this mount. */
  readonly deleted: boolean;
  /** The type of the file system: `ext4`, `tmpfs`, `fuse.sshfs`. */
  readonly type: string;
}

/** File systems that the kernel makes up. They hold no files that could be brought back, some never end, and some act when they are read. */
const madeUp = new Set([
  'autofs',
  'binder',
  'binfmt_misc',
  'bpf',
  'cgroup',
  'cgroup2',
  'configfs',
  'debugfs',
  'devpts',
  'devtmpfs',
  'efivarfs',
  'fuse.lxcfs',
  'fusectl',
  'hugetlbfs',
  'mqueue',
  'nfsd',
  'nsfs',
  'proc',
  'pstore',
  'resctrl',
  'rpc_pipefs',
  'securityfs',
  'selinuxfs',
  'smackfs',
  'sysfs',
  'tracefs',
]);

/** Whether a file system of this type is the kernel's own making: proc, sysfs, cgroup2 and the like. */
export function isMadeUp(type: string): boolean {
  return madeUp.has(type);
}

const deletedMark = Buffer.from('//deleted');

/** Reads the text of /proc/self/mountinfo, in the order of mounting. A later mount at the same point covers the earlier one, which is left out. */
export function parseMounts(text: Buffer): Mount[] {
  const byPoint = new Map<string, Mount>();
  // latin1: one character for each byte
  for (const line of text.toString('latin1').split('\n')) {
    // ID PARENT DEVICE ROOT POINT OPTIONS [TAG…] - TYPE SOURCE OPTIONS
    const [before = '', after = ''] = line.split(' - ', 2);
    const [, , , root, point] = before.split(' ');
    const [type] = after.split(' ');
    if (root === undefined || point === undefined || type === undefined || type === '') continue;
    const whole = bytesOf(root);
    const deleted = whole.subarray(-deletedMark.length).equals(deletedMark);
    const mount = { point: bytesOf(point), root: deleted ? whole.subarray(0, -deletedMark.length) : whole, deleted, type };
    byPoint.delete(point);
    byPoint.set(point, mount);
  }
  return [...byPoint.values()];
}

/** The kernel writes space, tab, line end and backslash as `\040`: a backslash and three octal digits. */
function bytesOf(field: string): Buffer {
  return Buffer.from(
    field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8) & 0xff)),
    'latin1',
  );
}

/** The mounts that this process sees; none where the system has no /proc. @throws the system's error where it may not be read. */
export function readMounts(): Mount[] {
  try {
    return parseMounts(readFileSync('/proc/self/mountinfo'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
