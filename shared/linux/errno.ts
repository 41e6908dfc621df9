import { getSystemErrorName } from 'node:util';

/** An error number as the kernel has them. */
export type Errno = number;

/** Those that somebody here acts on; the same on amd64 and arm64 (asm-generic/errno-base.h, errno.h). */
export const errnos = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  ENXIO: 6,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  ENODEV: 19,
  ENFILE: 23,
  EMFILE: 24,
  EPIPE: 32,
  ENODATA: 61,
  ENOTSUP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
} as const;

const names = new Map<number, string>(Object.entries(errnos).map(([name, number]) => [number, name]));

/** `ECONNREFUSED`; `errno 0` where there is no error. */
export function errnoName(errno: Errno): string {
  return names.get(errno) ?? (errno > 0 ? getSystemErrorName(-errno) : `errno ${errno}`);
}
