import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  linkSync,
  mkdirSync,
  openSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { codeOf } from '#shared/exit.ts';
import { aclAttributes } from './acl.ts';
import { Attributes } from './attributes.ts';
import { RestoreError, UnsafeEntryError } from './errors.ts';
import { FileWriter } from './file-writer.ts';
import type { Header } from './header.ts';
import { instantOf } from './heading.ts';
import { attempt, joined, type OpenFolder, OpenFolders, openUp, stateOf } from './open-folders.ts';
import { parentOf, safeName } from './safe-name.ts';
import { type Shortfall, Shortfalls } from './shortfalls.ts';
import type { System } from './system.ts';

/** What became of an archive. */
export interface Unpacked {
  /** Entries that were restored. */
  readonly entries: number;
  readonly files: number;
  /** Of all files, with their holes. */
  readonly bytes: number;
  /** What is missing of entries that were restored. */
  readonly shortfalls: readonly Shortfall[];
  /** Links whose content is under another name, which was not wanted or is not there. */
  readonly unlinked: readonly { readonly name: Buffer; readonly target: Buffer }[];
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, COPYFILE_EXCL } = constants;
/** Codes of file systems, and pairs of them, where no link can be made. */
const noLinkCodes = new Set(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'ENOSYS']);

/**
 * Writes entries into a folder as they come, and nothing outside of it, whatever they say. An entry replaces what has its name, save a
 * folder with something in it. Folders that get a file keep their time and mode, as the archive would have said otherwise.
 */
export class Unpacker {
  readonly #system: System | undefined;
  readonly #shortfalls = new Shortfalls();
  readonly #attributes: Attributes;
  readonly #folders: OpenFolders;
  readonly #unlinked: { readonly name: Buffer; readonly target: Buffer }[] = [];
  #file: FileWriter | undefined;
  #entries = 0;
  #files = 0;
  #bytes = 0;

  constructor(root: Buffer, system: System | undefined) {
    this.#system = system;
    this.#attributes = new Attributes(system, this.#shortfalls);
    attempt(root, () => mkdirSync(root, { recursive: true }));
    this.#folders = new OpenFolders(root, {
      leave: (folder) => this.#leave(folder),
      inherits: (path) => this.#inherits(path),
    });
  }

  get unpacked(): Unpacked {
    const [entries, files, bytes] = [this.#entries, this.#files, this.#bytes];
    return { entries, files, bytes, shortfalls: this.#shortfalls.list, unlinked: this.#unlinked };
  }

  /** Restores an entry, or begins to: a file's content follows. Its name is a safe one. */
  begin(header: Header): void {
    const { name, type } = header;
    this.#entries += 1;
    if (name.length === 0) {
      if (type === 'directory') return;
      throw new UnsafeEntryError(name, 'it would replace the folder that is restored to');
    }
    const folder = this.#folders.enterParentOf(name);
    const path = joined(folder.path, folder.name.length === 0 ? name : name.subarray(folder.name.length + 1));
    if (type === 'file') this.#beginFile(header, path, folder);
    else if (type === 'directory') this.#makeFolder(header, path);
    else if (type === 'hardlink') this.#link(header, path);
    else if (type === 'symlink') {
      this.#replacing(name, path, () => symlinkSync(header.target, path));
      this.#attributes.ofPath(path, header);
    } else this.#makeSpecial(header, path);
  }

  /** Takes content of the entry that was begun last, where it was. */
  content(bytes: Buffer, last: boolean): void {
    const file = this.#file;
    if (file === undefined) return;
    attempt(file.name, () => file.write(bytes));
    if (!last) return;
    this.#file = undefined;
    attempt(file.name, () => file.finish());
  }

  /** Closes what is open. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#folders.leaveAll();
  }

  #beginFile(header: Header, path: Buffer, folder: OpenFolder): void {
    const make = () => new FileWriter(path, header, this.#attributes, folder);
    const file = this.#replacing(header.name, path, make);
    this.#files += 1;
    this.#bytes += header.size;
    if (header.stored > 0) this.#file = file;
    else attempt(header.name, () => file.finish());
  }

  #makeFolder(header: Header, path: Buffer): void {
    const { name } = header;
    const before = mkdirs(path) ? undefined : stateOf(path, name);
    if (before?.isDirectory() === true) openUp(path, name, before);
    else if (before !== undefined) {
      attempt(name, () => unlinkSync(path));
      attempt(name, () => mkdirSync(path, 0o700));
    }
    this.#folders.enter(kept(header), path, before?.isDirectory() === true);
  }

  #link(header: Header, path: Buffer): void {
    const { name } = header;
    const target = safeName(header.target, name);
    if (target.length === 0 || target.equals(name)) throw new UnsafeEntryError(name, 'it is a link to itself');
    const there = this.#folders.standing(parentOf(target));
    if (there === 'unreal') throw new UnsafeEntryError(name, `its target ${target.toString()} lies behind a symlink`);
    const from = this.#folders.pathOf(target);
    if (there === 'missing' || stateOf(from, name) === undefined) {
      this.#unlinked.push({ name: Buffer.from(name), target: Buffer.from(target) });
      this.#entries -= 1;
      return;
    }
    try {
      this.#replacing(name, path, () => linkSync(from, path));
    } catch (error) {
      if (!(error instanceof RestoreError) || !noLinkCodes.has(codeOf(error.cause) ?? '')) throw error;
      this.#copy(header, from, path, error.cause);
    }
  }

  /** Where no link can be made, the content is there twice. */
  #copy(header: Header, from: Buffer, path: Buffer, why: unknown): void {
    const { name } = header;
    this.#shortfalls.note('link', name, why);
    if (stateOf(from, name)?.isFile() !== true) return;
    attempt(name, () => copyFileSync(from, path, COPYFILE_EXCL));
    const fd = attempt(name, () => openSync(path, O_RDONLY | O_NOFOLLOW));
    try {
      this.#attributes.ofFile(fd, header, false);
    } finally {
      closeSync(fd);
    }
  }

  #makeSpecial(header: Header, path: Buffer): void {
    const { name, type, rdev } = header;
    const lack = type === 'fifo' ? 'fifo' : 'device';
    if (type !== 'fifo' && type !== 'character' && type !== 'block') return;
    const special = this.#system?.specialFiles;
    if (special === undefined) {
      this.#shortfalls.note(lack, name, 'Node has no FFI here');
      return;
    }
    try {
      this.#replacing(name, path, () =>
        type === 'fifo' ? special.makeFifo(path, 0o600) : special.makeDevice(path, type, 0o600, rdev.major, rdev.minor),
      );
    } catch (error) {
      // what may not be made is left out, and the rest goes on
      if (!(error instanceof RestoreError) || codeOf(error.cause) !== 'EPERM') throw error;
      this.#shortfalls.note(lack, name, error.cause);
      return;
    }
    this.#attributes.ofPath(path, header);
  }

  /** Makes something under a name; what has the name goes. @throws RestoreError */
  #replacing<T>(name: Buffer, path: Buffer, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') return attempt(name, () => throwing(error));
    }
    const folder = stateOf(path, name)?.isDirectory() === true;
    attempt(name, () => (folder ? rmdirSync(path) : unlinkSync(path)));
    return attempt(name, make);
  }

  #leave({ path, header, before, stale }: OpenFolder): void {
    if (header === undefined && before === undefined) return;
    let fd: number;
    try {
      fd = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    } catch (error) {
      this.#shortfalls.note('mode', header?.name ?? path, error);
      return;
    }
    try {
      if (header !== undefined) this.#attributes.ofFile(fd, header, stale);
      else if (before !== undefined) this.#leaveAsItWas(fd, Number(before.mode & 0o7777n), before.mtimeNs, path);
    } finally {
      closeSync(fd);
    }
  }

  #leaveAsItWas(fd: number, mode: number, mtimeNs: bigint, path: Buffer): void {
    try {
      if ((mode & 0o700) !== 0o700) fchmodSync(fd, mode);
      this.#attributes.timesOfFile(fd, instantOf(mtimeNs));
    } catch (error) {
      // what lies on the way to a volume under a read-only root cannot have changed
      if (codeOf(error) !== 'EROFS') this.#shortfalls.note('time', path, error);
    }
  }

  #inherits(path: Buffer): boolean {
    try {
      return this.#system?.xattrs.ofPath(path).some(({ name }) => name === aclAttributes.default) === true;
    } catch {
      // who cannot say has no ACL that could be read
      return false;
    }
  }
}

/** Makes a folder. @returns false where something has the name. */
function mkdirs(path: Buffer): boolean {
  try {
    mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function throwing(error: unknown): never {
  throw error;
}

/** A header that outlives its chunk. */
function kept(header: Header): Header {
  const xattrs = header.xattrs.map(({ name, value }) => ({ name, value: Buffer.from(value) }));
  return { ...header, name: Buffer.from(header.name), target: Buffer.from(header.target), xattrs };
}
