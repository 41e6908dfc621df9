import { type Libc, SystemError } from './libc.ts';
import { PathMemory } from './path-memory.ts';

/** A time to the nanosecond: `nanoseconds`, from 0 to 999 999 999, are added to `seconds` since 1970, which may be negative. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

const UTIME_OMIT = 0x3ffffffe;
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;

/** Sets when files were last changed, to the nanosecond, which Node does to the microsecond at best. */
export class FileTimes {
  readonly #libc: Libc;
  readonly #path: PathMemory;
  /** Two struct timespec: of the access, which is left as it is, and of the change. */
  readonly #words: Int32Array;
  readonly #address: bigint;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#path = new PathMemory(libc);
    const { address, buffer } = libc.map(4096);
    this.#address = address;
    this.#words = new Int32Array(buffer, 0, 8);
    this.#words[2] = UTIME_OMIT;
  }

  /** Of an open file or folder. @throws SystemError */
  setOfFile(fd: number, changed: Instant): void {
    this.#put(changed);
    const set = () => this.#libc.futimens(fd, this.#address);
    if (set() !== 0 && set() !== 0) throw new SystemError('futimens', this.#libc.errno());
  }

  /** Of a path; a symlink is not followed. @throws SystemError */
  setOfPath(path: Buffer, changed: Instant): void {
    const at = this.#path.put('utimensat', path);
    this.#put(changed);
    const set = () => this.#libc.utimensat(AT_FDCWD, at, this.#address, AT_SYMLINK_NOFOLLOW);
    if (set() !== 0 && set() !== 0) throw new SystemError('utimensat', this.#libc.errno());
  }

  #put({ seconds, nanoseconds }: Instant): void {
    this.#words[4] = seconds | 0;
    // seconds before 1901 and after 2038 need more than 32 bits; of a negative number the high word is negative
    this.#words[5] = Math.floor(seconds / 2 ** 32);
    this.#words[6] = nanoseconds;
  }
}
