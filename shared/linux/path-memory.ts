import { type Libc, SystemError } from './libc.ts';

/** PATH_MAX: with its NUL at the end no path is longer. */
const most = 4096;

/** Memory for the paths that system calls are given. It holds one path at a time. */
export class PathMemory {
  readonly address: bigint;
  readonly #bytes: Uint8Array;

  constructor(libc: Libc) {
    const memory = libc.map(most);
    this.address = memory.address;
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /** Puts a path there, with a NUL behind it. @returns the address. @throws SystemError with ENAMETOOLONG */
  put(call: string, path: Buffer): bigint {
    if (path.length >= most) throw new SystemError(call, 36, path.toString());
    this.#bytes.set(path);
    this.#bytes[path.length] = 0;
    return this.address;
  }
}
