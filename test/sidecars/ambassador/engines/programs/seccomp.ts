import ffi from 'node:ffi';

const PR_SET_SECCOMP = 22;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_MODE_FILTER = 2;

/** A statement of a filter: struct sock_filter { u16 code; u8 jt; u8 jf; u32 k } (linux/filter.h). */
export type Statement = readonly [code: number, jt: number, jf: number, k: number];

/** Lets all system calls of this thread, and of those that it begins, go through a filter from now on (seccomp(2)). */
export function filterCalls(statements: readonly Statement[]): void {
  const filter = Buffer.alloc(8 * statements.length);
  for (const [index, [code, yes, no, k]] of statements.entries()) {
    filter.writeUInt16LE(code, index * 8);
    filter.writeUInt8(yes, index * 8 + 2);
    filter.writeUInt8(no, index * 8 + 3);
    filter.writeUInt32LE(k, index * 8 + 4);
  }
  /** struct sock_fprog { u16 len; struct sock_filter *filter }. */
  const program = Buffer.alloc(16);
  program.writeUInt16LE(statements.length, 0);
  program.writeBigUInt64LE(ffi.getRawPointer(filter), 8);

  const { functions } = ffi.dlopen('libc.so.6', {
    prctl: { return: 'i32', arguments: ['i32', 'u64', 'u64', 'u64', 'u64'] },
  });
  if (functions.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) !== 0) throw new Error('PR_SET_NO_NEW_PRIVS failed');
  if (functions.prctl(PR_SET_SECCOMP, BigInt(SECCOMP_MODE_FILTER), ffi.getRawPointer(program), 0n, 0n) !== 0)
    throw new Error('PR_SET_SECCOMP failed');
}
