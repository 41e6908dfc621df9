import { errnos } from './errno.ts';
import { type Libc, SystemError } from './libc.ts';
import { PathMemory } from './path-memory.ts';

/** An extended attribute of a file (xattr(7)). */
export interface Xattr {
  /** With its namespace: `user.mime_type`. Each character is one byte, as in latin1. */
  readonly name: string;
  readonly value: Buffer;
}

/** XATTR_LIST_MAX and XATTR_SIZE_MAX (linux/limits.h): neither a list of names nor a value is longer. */
const most = 65_536;
/** XATTR_NAME_MAX, and a NUL. */
const nameRoom = 256;

const none: readonly Xattr[] = [];
const empty = Buffer.alloc(0);

/** The extended attributes of files, by the C library. Not for two threads: it works in memory of its own. */
export class Xattrs {
  readonly #libc: Libc;
  readonly #path: PathMemory;
  readonly #list: Buffer;
  readonly #value: Buffer;
  readonly #name: Buffer;
  readonly #address: { readonly list: bigint; readonly value: bigint; readonly name: bigint };

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#path = new PathMemory(libc);
    const { address, buffer } = libc.map(2 * most + nameRoom);
    this.#list = Buffer.from(buffer, 0, most);
    this.#value = Buffer.from(buffer, most, most);
    this.#name = Buffer.from(buffer, 2 * most, nameRoom);
    this.#address = { list: address, value: address + BigInt(most), name: address + BigInt(2 * most) };
  }

  /** Those of an open file, by the order of their names. A file system that has none gives none. @throws SystemError */
  ofFile(fd: number): readonly Xattr[] {
    const { list, name, value } = this.#address;
    // most files have none: nothing is made for them
    const length = this.#libc.flistxattr(fd, list, most);
    if (length === 0) return none;
    return this.#all('flistxattr', length > 0 ? length : this.#again(() => this.#libc.flistxattr(fd, list, most)), () =>
      this.#libc.fgetxattr(fd, name, value, most),
    );
  }

  /** Those of a path; a symlink is not followed. @throws SystemError */
  ofPath(path: Buffer): readonly Xattr[] {
    const { list, name, value } = this.#address;
    const at = this.#path.put('llistxattr', path);
    const length = this.#libc.llistxattr(at, list, most);
    if (length === 0) return none;
    return this.#all('llistxattr', length > 0 ? length : this.#again(() => this.#libc.llistxattr(at, list, most)), () =>
      this.#libc.lgetxattr(at, name, value, most),
    );
  }

  /** Removes one of an open file. @throws SystemError */
  removeOfFile(fd: number, name: string): void {
    this.#put({ name, value: empty });
    const remove = () => this.#libc.fremovexattr(fd, this.#address.name);
    if (remove() !== 0 && remove() !== 0) throw new SystemError('fremovexattr', this.#libc.errno(), name);
  }

  /** Sets one of an open file. @throws SystemError */
  setOfFile(fd: number, xattr: Xattr): void {
    const { name, value } = this.#address;
    this.#put(xattr);
    const set = () => this.#libc.fsetxattr(fd, name, value, xattr.value.length, 0);
    if (set() !== 0 && set() !== 0) throw new SystemError('fsetxattr', this.#libc.errno(), xattr.name);
  }

  /** Sets one of a path; a symlink is not followed. @throws SystemError */
  setOfPath(path: Buffer, xattr: Xattr): void {
    const { name, value } = this.#address;
    const at = this.#path.put('lsetxattr', path);
    this.#put(xattr);
    const set = () => this.#libc.lsetxattr(at, name, value, xattr.value.length, 0);
    if (set() !== 0 && set() !== 0) throw new SystemError('lsetxattr', this.#libc.errno(), xattr.name);
  }

  /** What a list says when it is asked again, or the errno as a negative number. */
  #again(list: () => number): number {
    const length = list();
    return length >= 0 ? length : -this.#libc.errno();
  }

  #all(call: string, length: number, get: () => number): readonly Xattr[] {
    if (length === -errnos.ENOTSUP) return none;
    if (length < 0) throw new SystemError(call, -length);
    const names = this.#list.toString('latin1', 0, length).split('\0').slice(0, -1).sort();
    const found: Xattr[] = [];
    for (const name of names) {
      this.#name.write(`${name}\0`, 'latin1');
      const size = this.#again(get);
      // it was removed just now
      if (size === -errnos.ENODATA) continue;
      if (size < 0) throw new SystemError(call.replace('list', 'get'), -size, name);
      found.push({ name, value: Buffer.from(this.#value.subarray(0, size)) });
    }
    return found;
  }

  #put({ name, value }: Xattr): void {
    if (name.length >= nameRoom || name.includes('\0') || value.length > most)
      throw new SystemError('setxattr', 34, name.slice(0, nameRoom));
    this.#name.write(`${name}\0`, 'latin1');
    this.#value.set(value);
  }
}
