import { closeSync, fstatSync, openSync } from 'node:fs';
import { codeOf } from '#shared/exit.ts';
import type { Log } from '#shared/log.ts';
import { type Sighting, sightingOf } from '../discover/scan.ts';
import { unreadable } from '../discover/unreadable.ts';
import type { Archives } from './archives.ts';
import type { Left } from './compressed.ts';
import { beginning, type Cursor } from './cursor.ts';
import { descriptors } from './descriptors.ts';
import { Followed } from './followed.ts';
import type { Ledger } from './ledger.ts';

/** Where to begin in a file that is met. */
export interface Place {
  readonly cursor: Cursor;
  /** The ledger of the file of which it is a copy, whose stretches on their way are now its own. */
  readonly ledger?: Ledger;
  /** The name in its records, where that is not its own. */
  readonly label?: string;
  /** What the life is called that it goes on with. */
  readonly life?: string | undefined;
}

/** Opens files that are met, and follows them from where they are to begin. */
export class Adoption {
  /** Files that could not be opened, and why. */
  readonly problems = new Map<string, string>();
  /** How many of them lack nothing but a free descriptor: they are met once others are closed. */
  crowded = 0;
  readonly #files: Map<string, Followed>;
  readonly #archives: Archives;
  readonly #log: Log;
  readonly #followed: () => void;

  /**
   * @param files those that are followed, by identity.
   * @param followed is called when there is one more.
   */
  constructor(files: Map<string, Followed>, archives: Archives, log: Log, followed: () => void) {
    this.#files = files;
    this.#archives = archives;
    this.#log = log;
    this.#followed = followed;
  }

  /** Forgets what could not be opened, before it is tried again. */
  forget(): void {
    this.problems.clear();
    this.crowded = 0;
  }

  /** Follows a file from the place that `find` names; not at all where that is undefined. */
  adopt(sighting: Sighting, label: string, find: (fd: number) => Place | undefined): Followed | undefined {
    return this.#follow(sighting, (fd, actual) => {
      const place = find(fd);
      if (place === undefined) return undefined;
      const file = new Followed(actual, place.label ?? label, fd, place.cursor, place);
      file.grown(actual.size);
      return file;
    });
  }

  /** Follows a compressed file, if it is to be read. */
  adoptCompressed(sighting: Sighting, label: string, otherwise: 'start' | 'end', left: readonly Left[] = []): void {
    if (this.#files.has(sighting.id) || this.#archives.isDone(sighting)) return;
    this.#follow(sighting, (fd, actual) => {
      const compressed = this.#archives.compressed(fd, actual, otherwise, left);
      return compressed && new Followed(actual, label, fd, beginning, { compressed });
    });
  }

  /** Opens a file, and follows what is made of it, if anything. */
  #follow(sighting: Sighting, make: (fd: number, actual: Sighting) => Followed | undefined): Followed | undefined {
    const { id, path } = sighting;
    if (!descriptors.free) {
      this.crowded += 1;
      this.problems.set(path, `${path} waits, as no more files may be open; allow more with --ulimit nofile`);
      return undefined;
    }
    let fd: number | undefined;
    try {
      fd = openSync(path, 'r');
      // between the scan and the opening another file may have taken the name
      const actual = sightingOf(path, fstatSync(fd));
      const isIt = actual.id === id && !this.#files.has(id);
      // there may be ten thousand: the text is shared with the scans
      const file = isIt ? make(fd, { ...actual, id }) : undefined;
      if (file === undefined) {
        closeSync(fd);
        return undefined;
      }
      this.#files.set(id, file);
      this.#followed();
      this.#log.debug({ file: file.label, path, offset: file.cursor.offset, size: file.size }, 'following');
      return file;
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      if (codeOf(error) !== 'ENOENT') this.problems.set(path, unreadable(path, error));
      return undefined;
    }
  }
}
