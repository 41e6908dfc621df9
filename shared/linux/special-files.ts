import { type Libc, SystemError } from './libc.ts';
import { PathMemory } from './path-memory.ts';

/** mknodat(2) is called by its number: C libraries before 2.33 have no function of that name. */
const mknodat = process.arch === 'x64' ? 259n : 33n;
const AT_FDCWD = -100;
const S_IF = { character: 0o020000, block: 0o060000 } as const;

/** Makes what is no file, folder or link. */
export class SpecialFiles {
  readonly #libc: Libc;
  readonly #path: PathMemory;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#path = new PathMemory(libc);
  }

  /** @throws SystemError, with EEXIST where something has the name. */
  makeFifo(path: Buffer, mode: number): void {
    const at = this.#path.put('mkfifo', path);
    if (this.#libc.mkfifo(at, mode) !== 0 && this.#libc.mkfifo(at, mode) !== 0)
      throw new SystemError('mkfifo', this.#libc.errno());
  }

  /** For root only. @throws SystemError, with EPERM where that is not allowed and EEXIST where something has the name. */
  makeDevice(path: Buffer, type: keyof typeof S_IF, mode: number, major: number, minor: number): void {
    const at = this.#path.put('mknod', path);
    const device = ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12)) >>> 0;
    const make = () => this.#libc.syscall(mknodat, AT_FDCWD, at, S_IF[type] | mode, device);
    if (make() !== 0 && make() !== 0) throw new SystemError('mknod', this.#libc.errno());
  }
}
