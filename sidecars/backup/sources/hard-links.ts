import type { Entry } from '../archive/entry.ts';

/** How many inodes are remembered at the same time whose other names are still to come; some 20 MB at most. */
const most = 100_000;

/**
 * Tells which name of an inode came first, so that its content is stored once and the other names are links to that one.
 * An inode is forgotten when all its names have come.
 */
export class HardLinks {
  /** By device, as an inode's number is only its file system's. Names are kept as latin1: a Buffer would hold on to the whole slab it is cut from. */
  readonly #waiting = new Map<bigint, Map<bigint, { readonly name: string; left: number }>>();
  #size = 0;
  #overlooked = 0;
  readonly #most: number;

  constructor(limit = most) {
    this.#most = limit;
  }

  /** The first name of a file that has several, or undefined where this is the first one. */
  firstOf(device: bigint, inode: bigint, links: number, name: Buffer): Buffer | undefined {
    const inodes = this.#waiting.getOrInsertComputed(device, () => new Map());
    const known = inodes.get(inode);
    if (known === undefined) {
      if (this.#size >= this.#most) {
        this.#overlooked += 1;
        return undefined;
      }
      inodes.set(inode, { name: name.toString('latin1'), left: links - 1 });
      this.#size += 1;
      return undefined;
    }
    known.left -= 1;
    if (known.left <= 0) this.#remove(inodes, inode);
    return Buffer.from(known.name, 'latin1');
  }

  /** The content of this entry was not stored after all, as the file vanished or cannot be read: the next name of its inode is the first. */
  forget(entry: Entry): void {
    const inodes = this.#waiting.get(entry.device);
    if (inodes !== undefined && inodes.get(entry.inode)?.name === entry.name.toString('latin1'))
      this.#remove(inodes, entry.inode);
  }

  /** How many inodes were too many to be remembered: each of their names is stored as a file of its own. */
  get overlooked(): number {
    return this.#overlooked;
  }

  #remove<T>(inodes: Map<bigint, T>, inode: bigint): void {
    if (inodes.delete(inode)) this.#size -= 1;
  }
}
