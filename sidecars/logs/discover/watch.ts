import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, messageOf } from '#shared/exit.ts';
import { HintQueue, type Hints } from './hint-queue.ts';

/** How long hints about files are gathered, in milliseconds: an application that writes line by line gives thousands of them a second. */
const gathering = 25;
/** There is much going on in a folder where it gives so many hints in that time, so often in a row. */
const much = { hints: 3, times: 8 };

/** A folder that is watched, and which one it was under that name. */
interface Watched {
  readonly watcher: FSWatcher;
  readonly id: string;
  /** Hints since they were told last, and how often in a row they were many. */
  hints: number;
  busy: number;
}

/**
 * The kernel's hints about some folders. Folders alone are watched: a watch for each file costs memory, and tells nothing more.
 * Which ones there are is what the scans find, so that a folder is watched as long as it is walked. One in which there is much going on
 * has its hints kept by the kernel until they are asked for, so that not every line that is written wakes this process.
 */
export class FolderWatch {
  readonly #folders = new Map<string, Watched>();
  readonly #queue: HintQueue;
  readonly #hints: Hints;
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #problem: string | undefined;

  constructor(hints: Hints) {
    this.#hints = hints;
    this.#queue = new HintQueue(hints, (folder) => this.#add(...nearest(folder)));
  }

  /** What to tell a person, where the kernel reports no changes for some of the folders. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Watches these folders and no others; where one is not there, the nearest above it, in which it may appear.
   * @returns whether one was not watched before: what has happened in it since it was looked through was told by nobody.
   */
  follow(folders: Iterable<string>): boolean {
    this.#problem = undefined;
    const wanted = new Set<string>();
    let added = false;
    for (const folder of folders) {
      const [path, id] = nearest(folder);
      if (wanted.has(path)) continue;
      wanted.add(path);
      if (this.#folders.get(path)?.id === id || this.#queue.has(path, id)) continue;
      this.#drop(path);
      if (this.#add(path, id)) added = true;
    }
    for (const path of this.#folders.keys()) if (!wanted.has(path)) this.#drop(path);
    this.#queue.keep(wanted);
    return added;
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const path of this.#folders.keys()) this.#drop(path);
    this.#queue.close();
  }

  #add(path: string, id: string): boolean {
    try {
      // there are thousands of hints a second: nothing is made of each that can be made once
      const before = join(path, '/');
      const ownName = basename(path);
      const watcher = watch(path, (event, name) => {
        if (event === 'change') {
          watched.hints += 1;
          if (name !== null) this.#changed.add(before + name);
          this.#timer ??= setTimeout(() => this.#tell(), gathering);
          return;
        }
        // the folder's own end is told under its own name; its successor may have even its inode
        if (name === ownName) this.#drop(path);
        this.#hints.moved();
      });
      const watched: Watched = { watcher, id, hints: 0, busy: 0 };
      watcher.on('error', () => this.#drop(path));
      this.#folders.set(path, watched);
      return true;
    } catch (error) {
      // it went away, which the next scan sees
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR')
        this.#problem = `the kernel reports no changes for some folders (${messageOf(error)}): they are seen by the rescan alone`;
      return false;
    }
  }

  #tell(): void {
    this.#timer = undefined;
    this.#hints.changed(this.#changed);
    this.#changed.clear();
    for (const [path, watched] of this.#folders) {
      watched.busy = watched.hints >= much.hints ? watched.busy + 1 : 0;
      watched.hints = 0;
      if (watched.busy >= much.times && this.#queue.add(path, watched.id)) this.#drop(path);
    }
  }

  #drop(path: string): void {
    this.#folders.get(path)?.watcher.close();
    this.#folders.delete(path);
  }
}

/** The path of a folder, or of the nearest above it that is there, and which one that is. */
function nearest(folder: string): [path: string, id: string] {
  try {
    const stats = statSync(folder);
    if (stats.isDirectory()) return [folder, `${stats.dev}:${stats.ino}`];
  } catch {
    // not there yet, or not to be reached
  }
  return folder === dirname(folder) ? [folder, ''] : nearest(dirname(folder));
}
