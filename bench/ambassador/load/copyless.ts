import { openSync, writeFileSync } from 'node:fs';
import type { Loop } from './loop.ts';

/** Ways to move bytes without copying them, so that the load leaves its core to its sockets. */
export interface Copyless {
  /** Takes so many bytes at most from a socket and throws them away; negative where there are none. */
  readonly discard: (fd: number, most: number) => number;
  /** Sends so many bytes out of the page cache; negative where there is no room, or the other end went. */
  readonly sendFile: (fd: number, most: number) => number;
}

const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
/** The most that is sent at once, in bytes. */
const most = 2 ** 20;

/**
 * Opens them.
 * @param file the path of a file that is made, to be sent.
 * @throws Error where this Node has no node:ffi.
 * @see https://man7.org/linux/man-pages/man7/tcp.7.html on MSG_TRUNC, and man2/sendfile.2.html
 */
export function openCopyless(loop: Loop, file: string): Copyless {
  const ffi = process.getBuiltinModule('node:ffi');
  if (ffi === undefined) throw new Error('the load is made by node:ffi, which this Node lacks');
  const { recv, sendfile } = new ffi.DynamicLibrary('libc.so.6').getFunctions({
    recv: { return: 'i32', arguments: ['i32', 'function', 'i32', 'i32'] },
    sendfile: { return: 'i32', arguments: ['i32', 'i32', 'function', 'i32'] },
  });
  writeFileSync(file, Buffer.alloc(most, 'sidekick'));
  const source = openSync(file, 'r');
  const memory = loop.libc.map(4096);
  const offset = new BigInt64Array(memory.buffer, 0, 1);
  return {
    discard: (fd, count) => recv(fd, loop.memory.address, count, MSG_TRUNC | MSG_DONTWAIT),
    sendFile: (fd, count) => {
      offset[0] = 0n;
      return sendfile(fd, source, memory.address, count);
    },
  };
}
