import { type Libc, type Mapping, SystemError } from './libc.ts';
import { PathMemory } from './path-memory.ts';

/** What a folder can tell (sys/inotify.h). */
export const IN = {
  MODIFY: 2,
  ATTRIB: 4,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  Q_OVERFLOW: 0x4000,
} as const;

const all = IN.MODIFY | IN.ATTRIB | IN.MOVED_FROM | IN.MOVED_TO | IN.CREATE | IN.DELETE | IN.DELETE_SELF | IN.MOVE_SELF;
/** IN_NONBLOCK | IN_CLOEXEC */
const flags = 0x800 | 0x80000;
/** struct inotify_event before its name: wd, mask, cookie, len. */
const header = 16;
const room = 64 * 1024;

/**
 * What happens in folders, in a queue that the kernel keeps until it is asked for: nobody is woken, and changes of one file that follow each
 * other are one entry.
 * @see https://man7.org/linux/man-pages/man7/inotify.7.html
 */
export class Inotify {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #path: PathMemory;
  readonly #memory: Mapping;
  readonly #view: DataView;
  readonly #bytes: Buffer;

  /** @throws SystemError where there are too many already. */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#path = new PathMemory(libc);
    this.#memory = libc.map(room);
    this.#view = new DataView(this.#memory.buffer);
    this.#bytes = Buffer.from(this.#memory.buffer);
    this.#fd = libc.inotify_init1(flags);
    if (this.#fd < 0) throw new SystemError('inotify_init1', libc.errno());
  }

  /** Watches a folder. @returns what its entries are tagged with. @throws SystemError */
  add(folder: string): number {
    const address = this.#path.put('inotify_add_watch', Buffer.from(folder));
    const tag = this.#libc.inotify_add_watch(this.#fd, address, all);
    if (tag < 0) throw new SystemError('inotify_add_watch', this.#libc.errno(), folder);
    return tag;
  }

  /** Watches it no more. What is in the queue of it stays there. */
  remove(tag: number): void {
    this.#libc.inotify_rm_watch(this.#fd, tag);
  }

  /** Empties the queue. `mask` tells what happened to `name` in the folder of that tag; with Q_OVERFLOW it is not known to what. */
  take(each: (tag: number, mask: number, name: string) => void): void {
    for (let length = this.#read(); length > 0; length = this.#read()) {
      for (let at = 0; at < length; ) {
        const size = this.#view.getUint32(at + 12, true);
        const end = this.#bytes.indexOf(0, at + header);
        const name = size === 0 ? '' : this.#bytes.toString('utf8', at + header, Math.min(end, at + header + size));
        each(this.#view.getInt32(at, true), this.#view.getUint32(at + 4, true), name);
        at += header + size;
      }
      // less than there is room for was all
      if (length < room / 2) break;
    }
  }

  close(): void {
    this.#libc.close(this.#fd);
  }

  #read(): number {
    return this.#libc.read(this.#fd, this.#memory.address, room);
  }
}
