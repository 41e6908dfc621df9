import { type BigIntStats, chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { codeOf, messageOf } from '#shared/exit.ts';
import { RestoreError, UnsafeEntryError } from './errors.ts';
import type { Header } from './header.ts';
import { parentOf } from './safe-name.ts';

/** A folder that entries are written to at present. */
export interface OpenFolder {
  /** Its name in the archive; empty for the one that is restored to. */
  readonly name: Buffer;
  /** Where it is, with a slash at its end. */
  readonly path: Buffer;
  /** What the archive says of it, where it does. */
  readonly header: Header | undefined;
  /** How it was before something was written to it, where it was there. */
  readonly before: BigIntStats | undefined;
  /** Whether what is made in it gets an ACL from it. */
  readonly inherits: boolean;
  /** Whether it may have attributes already, from before or from the folder it is in. */
  readonly stale: boolean;
  /** Who owns a file that is made in it, once one was made. */
  owner?: { readonly uid: number; readonly gid: number };
}

/** What to do with folders. */
export interface FolderCalls {
  /** Called when nothing more is written to a folder: its mode and time can be as they should be. */
  readonly leave: (folder: OpenFolder) => void;
  /** Whether what is made in a folder that is there gets an ACL from it. */
  readonly inherits: (path: Buffer) => boolean;
}

const slash = Buffer.from('/');
const ownRights = 0o700n;

/**
 * The folders from the one that is restored to down to where the last entry was written. Each of them was looked at, or made, and is a
 * real folder: nobody else writes here, so that no symlink can have come in between. A folder is left as soon as an entry outside of it
 * comes, and is given back its time then; so memory is bounded by how deep they lie, and a folder may be entered again.
 */
export class OpenFolders {
  readonly #calls: FolderCalls;
  readonly #open: OpenFolder[];

  constructor(root: Buffer, calls: FolderCalls) {
    const path = joined(root, slash);
    this.#calls = calls;
    this.#open = [
      { name: Buffer.alloc(0), path, header: undefined, before: undefined, inherits: calls.inherits(root), stale: true },
    ];
  }

  /**
   * Enters the folder of an entry; where it is missing it is made.
   * @throws UnsafeEntryError where a symlink leads there. @throws RestoreError
   */
  enterParentOf(name: Buffer): OpenFolder {
    const parent = parentOf(name);
    const top = this.#top;
    if (top.name.equals(parent)) return top;
    this.#leaveOutside(parent);
    for (;;) {
      const above = this.#top;
      if (above.name.length === parent.length) return above;
      const from = above.name.length === 0 ? 0 : above.name.length + 1;
      const end = parent.indexOf(0x2f, from);
      const next = Buffer.from(end < 0 ? parent : parent.subarray(0, end));
      const path = joined(above.path, next.subarray(from));
      const before = stateOf(path, name);
      if (before === undefined) {
        attempt(name, () => mkdirSync(path));
        this.#push(next, path, false, undefined, undefined);
      } else {
        if (before.isSymbolicLink())
          throw new UnsafeEntryError(
            name,
            `${next.toString()} is a symlink here; restore to an empty folder and move it from there`,
          );
        if (!before.isDirectory()) throw new RestoreError(name, `${path.toString()} is no folder`);
        openUp(path, name, before);
        this.#push(next, path, true, undefined, before);
      }
    }
  }

  /**
   * Enters the folder that an entry is, after its parent; it is there now, and was looked at.
   * @param there whether it was there before.
   */
  enter(header: Header, path: Buffer, there: boolean): void {
    this.#push(header.name, path, there, header, undefined);
  }

  /** Whether each folder down to that one is there, and none of them a symlink. */
  standing(folder: Buffer): 'real' | 'missing' | 'unreal' {
    if (folder.length === 0 || this.#open.some(({ name }) => name.equals(folder))) return 'real';
    const above = this.standing(parentOf(folder));
    if (above !== 'real') return above;
    const state = stateOf(this.pathOf(folder), folder);
    if (state === undefined) return 'missing';
    return state.isDirectory() ? 'real' : 'unreal';
  }

  /** Where the entry of a name is. */
  pathOf(name: Buffer): Buffer {
    return joined(this.#open[0]?.path ?? slash, name);
  }

  /** Leaves all of them. */
  leaveAll(): void {
    while (this.#open.length > 1) this.#leave();
  }

  get #top(): OpenFolder {
    const top = this.#open.at(-1);
    if (top === undefined) throw new RangeError('no folder is open');
    return top;
  }

  #leaveOutside(parent: Buffer): void {
    while (this.#open.length > 1) {
      const { name } = this.#top;
      const within =
        parent.subarray(0, name.length).equals(name) && (parent.length === name.length || parent[name.length] === 0x2f);
      if (within) return;
      this.#leave();
    }
  }

  #leave(): void {
    const folder = this.#open.pop();
    if (folder !== undefined) this.#calls.leave(folder);
  }

  #push(name: Buffer, path: Buffer, there: boolean, header: Header | undefined, before: BigIntStats | undefined): void {
    const above = this.#top.inherits;
    const inherits = there ? this.#calls.inherits(path) : above;
    this.#open.push({ name, path: joined(path, slash), header, before, inherits, stale: there || above });
  }
}

/** Lets us write to a folder, which may have been restored before without that right. @throws RestoreError */
export function openUp(path: Buffer, name: Buffer, { mode }: BigIntStats): void {
  if ((mode & ownRights) !== ownRights) attempt(name, () => chmodSync(path, Number((mode | ownRights) & 0o7777n)));
}

/** Both, one behind the other. */
export function joined(first: Buffer, second: Buffer): Buffer {
  const both = Buffer.allocUnsafe(first.length + second.length);
  first.copy(both);
  second.copy(both, first.length);
  return both;
}

/** What is at a path; undefined where nothing is. @throws RestoreError */
export function stateOf(path: Buffer, name: Buffer): BigIntStats | undefined {
  return attempt(name, () => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
}

/** Does something for an entry. @throws RestoreError where it fails. */
export function attempt<T>(name: Buffer, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const full = codeOf(error) === 'ENOSPC' ? '; make room and restore again' : '';
    throw new RestoreError(name, `${messageOf(error)}${full}`, { cause: error });
  }
}
