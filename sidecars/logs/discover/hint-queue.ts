import { join } from 'node:path';
import { IN, Inotify } from '#shared/linux/inotify.ts';
import { openLibc } from '#shared/linux/libc.ts';

/** What a watch tells. A hint may be missing, late or wrong: the rescan is what is relied on. */
export interface Hints {
  /** The files at these paths may have new bytes. */
  readonly changed: (paths: ReadonlySet<string>) => void;
  /** Names appeared or went away. */
  readonly moved: () => void;
}

/** Milliseconds between two looks. Each costs a reading of every file that was written; a batch waits longer than that for its records. */
const pause = 50;
/** A folder in which nothing happened so often in a row is given back. */
const patience = 10;
const moved = IN.MOVED_FROM | IN.MOVED_TO | IN.CREATE | IN.DELETE | IN.DELETE_SELF | IN.MOVE_SELF | IN.Q_OVERFLOW;

interface Busy {
  readonly path: string;
  readonly id: string;
  /** The path, and a slash. */
  readonly before: string;
  /** How often in a row nothing had happened. */
  quiet: number;
}

/**
 * The hints about folders in which there is much going on: the kernel keeps them in a queue that is emptied every now and then. To be woken
 * for each of 2,000 lines a second costs twice as much as to ship them.
 */
export class HintQueue {
  readonly #hints: Hints;
  readonly #giveBack: (folder: string) => void;
  /** Undefined before the first folder, and for good where there is no FFI. */
  #inotify: Inotify | undefined;
  #unavailable = false;
  readonly #folders = new Map<number, Busy>();
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  /** @param giveBack watches a folder otherwise, because nothing is going on in it any more. */
  constructor(hints: Hints, giveBack: (folder: string) => void) {
    this.#hints = hints;
    this.#giveBack = giveBack;
  }

  /** Whether it watches that folder under that name. */
  has(path: string, id: string): boolean {
    for (const folder of this.#folders.values()) if (folder.path === path && folder.id === id) return true;
    return false;
  }

  /** Watches a folder. @returns false where it cannot. */
  add(path: string, id: string): boolean {
    if (this.#unavailable) return false;
    try {
      this.#inotify ??= new Inotify(openLibc());
      const tag = this.#inotify.add(path);
      // under another name it is watched already
      if (this.#folders.has(tag)) return false;
      this.#folders.set(tag, { path, id, before: join(path, '/'), quiet: 0 });
    } catch {
      // which costs time and nothing else
      this.#unavailable = true;
      return false;
    }
    this.#timer ??= setInterval(() => this.#look(), pause);
    return true;
  }

  /** Watches no other folders than these. */
  keep(wanted: ReadonlySet<string>): void {
    for (const [tag, { path }] of this.#folders) if (!wanted.has(path)) this.#remove(tag);
  }

  close(): void {
    for (const tag of this.#folders.keys()) this.#remove(tag);
    this.#inotify?.close();
    this.#inotify = undefined;
  }

  #look(): void {
    for (const folder of this.#folders.values()) folder.quiet += 1;
    this.#take();
    for (const [tag, { path, quiet }] of this.#folders) {
      if (quiet < patience) continue;
      // it is watched twice for a moment, so that nothing is missed
      this.#giveBack(path);
      this.#take();
      this.#remove(tag);
    }
  }

  #take(): void {
    this.#inotify?.take((tag, mask, name) => {
      const folder = this.#folders.get(tag);
      if (folder !== undefined) folder.quiet = 0;
      if ((mask & moved) !== 0) this.#hints.moved();
      else if (folder !== undefined && name !== '') this.#changed.add(folder.before + name);
      // its successor is another one
      if ((mask & (IN.DELETE_SELF | IN.MOVE_SELF)) !== 0) this.#remove(tag);
    });
    if (this.#changed.size > 0) this.#hints.changed(this.#changed);
    this.#changed.clear();
  }

  #remove(tag: number): void {
    if (!this.#folders.delete(tag)) return;
    this.#inotify?.remove(tag);
    if (this.#folders.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
