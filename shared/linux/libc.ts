import type { DynamicLibrary, WrappedFunctionsFromDefinitions } from 'node:ffi';
import { type Errno, errnoName } from './errno.ts';

/*
 * A call costs about 90 ns, one with four arguments or more 400 ns. An argument of type `function` instead of `pointer`, which are
 * both addresses, takes another path of node:ffi on which four arguments or more cost 260 ns: hence `function` in the busy ones.
 * Sizes and what comes back are i32, as i64 would make a BigInt at each call: nothing here moves more than 2 GiB at once.
 */
const definitions = {
  accept4: { return: 'i32', arguments: ['i32', 'function', 'function', 'i32'] },
  bind: { return: 'i32', arguments: ['i32', 'pointer', 'i32'] },
  close: { return: 'i32', arguments: ['i32'] },
  connect: { return: 'i32', arguments: ['i32', 'pointer', 'i32'] },
  epoll_create1: { return: 'i32', arguments: ['i32'] },
  epoll_ctl: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'function'] },
  epoll_wait: { return: 'i32', arguments: ['i32', 'function', 'i32', 'i32'] },
  eventfd: { return: 'i32', arguments: ['i32', 'i32'] },
  fcntl: { return: 'i32', arguments: ['i32', 'i32', 'i32'] },
  fgetxattr: { return: 'i32', arguments: ['i32', 'function', 'function', 'i32'] },
  flistxattr: { return: 'i32', arguments: ['i32', 'function', 'i32'] },
  fremovexattr: { return: 'i32', arguments: ['i32', 'function'] },
  fsetxattr: { return: 'i32', arguments: ['i32', 'function', 'function', 'i32', 'i32'] },
  futimens: { return: 'i32', arguments: ['i32', 'function'] },
  getpeername: { return: 'i32', arguments: ['i32', 'pointer', 'pointer'] },
  getsockname: { return: 'i32', arguments: ['i32', 'pointer', 'pointer'] },
  getsockopt: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'function', 'function'] },
  ioctl: { return: 'i32', arguments: ['i32', 'u64', 'function'] },
  inotify_add_watch: { return: 'i32', arguments: ['i32', 'function', 'u32'] },
  inotify_init1: { return: 'i32', arguments: ['i32'] },
  inotify_rm_watch: { return: 'i32', arguments: ['i32', 'i32'] },
  lgetxattr: { return: 'i32', arguments: ['function', 'function', 'function', 'i32'] },
  listen: { return: 'i32', arguments: ['i32', 'i32'] },
  llistxattr: { return: 'i32', arguments: ['function', 'function', 'i32'] },
  lseek: { return: 'i64', arguments: ['i32', 'i64', 'i32'] },
  lsetxattr: { return: 'i32', arguments: ['function', 'function', 'function', 'i32', 'i32'] },
  madvise: { return: 'i32', arguments: ['pointer', 'u64', 'i32'] },
  mkfifo: { return: 'i32', arguments: ['function', 'u32'] },
  mallopt: { return: 'i32', arguments: ['i32', 'i32'] },
  malloc_trim: { return: 'i32', arguments: ['u64'] },
  mmap: { return: 'u64', arguments: ['u64', 'u64', 'i32', 'i32', 'i32', 'i64'] },
  pipe2: { return: 'i32', arguments: ['pointer', 'i32'] },
  read: { return: 'i32', arguments: ['i32', 'pointer', 'i32'] },
  recv: { return: 'i32', arguments: ['i32', 'function', 'i32', 'i32'] },
  send: { return: 'i32', arguments: ['i32', 'function', 'i32', 'i32'] },
  setsockopt: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'function', 'i32'] },
  shutdown: { return: 'i32', arguments: ['i32', 'i32'] },
  socket: { return: 'i32', arguments: ['i32', 'i32', 'i32'] },
  socketpair: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'pointer'] },
  splice: { return: 'i32', arguments: ['i32', 'function', 'i32', 'function', 'i32', 'i32'] },
  syscall: { return: 'i32', arguments: ['i64', 'i32', 'function', 'u32', 'u32'] },
  utimensat: { return: 'i32', arguments: ['i32', 'function', 'function', 'i32'] },
  write: { return: 'i32', arguments: ['i32', 'pointer', 'i32'] },
} as const;

/** Memory of the kernel's own making at a fixed address: the garbage collector never moves it, so that calls may keep its address. */
export interface Mapping {
  readonly address: bigint;
  readonly buffer: ArrayBuffer;
}

/** A system call that failed. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  /** The name of the error: `EADDRINUSE`. */
  readonly code: string;

  constructor(call: string, errno: number, about = '') {
    super(`${call}${about && ` ${about}`}: ${errnoName(errno)}`);
    this.code = errnoName(errno);
  }
}

type Functions = WrappedFunctionsFromDefinitions<typeof definitions>;

/** The functions of the C library that Sidekick calls, by their own names: see their man pages. */
export type Libc = Functions & {
  /**
   * The errno of the call before. Inside a worker it may be another one's: V8 makes system calls between the two (seen 3 times in
   * 16.8 million calls under a tortured garbage collector). So repeat a call that failed before you act on its errno.
   */
  readonly errno: () => Errno;
  /** Fresh memory, zeroed; untouched pages of it cost nothing. It stays until the process ends. @throws SystemError */
  readonly map: (bytes: number) => Mapping;
  /** Memory that the kernel shares by a descriptor, such as the ring of a packet socket, from its beginning. It stays as {@link map}'s does. @throws SystemError */
  readonly mapShared: (fd: number, bytes: number) => Mapping;
};

const library = { linux: 'libc.so.6' } as const;

/**
 * Opens the C library by node:ffi.
 * @throws Error where this is not Linux on amd64 or arm64 with glibc, or Node has no FFI.
 */
export function openLibc(): Libc {
  const { platform, arch } = process;
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) throw new Error(`no FFI on ${platform} ${arch}`);
  const ffi = process.getBuiltinModule('node:ffi');
  if (ffi === undefined) throw new Error('Node was started without node:ffi');
  const libc: DynamicLibrary = new ffi.DynamicLibrary(library[platform]);
  const functions = libc.getFunctions(definitions);
  const location = libc.getFunction('__errno_location', { return: 'pointer', arguments: [] });
  const errnoOfThread = new Int32Array(ffi.toArrayBuffer(location(), 4, false));
  const errno = () => errnoOfThread[0] ?? 0;
  const mapBy = (bytes: number, flags: number, fd: number): Mapping => {
    // PROT_READ | PROT_WRITE
    const address = functions.mmap(0n, BigInt(bytes), 3, flags, fd, 0n);
    if (address === 0xffff_ffff_ffff_ffffn) throw new SystemError('mmap', errno());
    return { address, buffer: ffi.toArrayBuffer(address, bytes, false) };
  };
  // MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
  const map = (bytes: number) => mapBy(bytes, 0x4022, -1);
  // MAP_SHARED
  const mapShared = (fd: number, bytes: number) => mapBy(bytes, 1, fd);
  return { ...functions, errno, map, mapShared };
}
