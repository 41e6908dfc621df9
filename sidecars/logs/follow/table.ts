import { closeSync, fstatSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '#shared/exit.ts';
import type { Log } from '#shared/log.ts';
import { Siblings } from '../discover/beside.ts';
import { type Scan, type Sighting, sightingOf } from '../discover/scan.ts';
import { unreadable } from '../discover/unreadable.ts';
import type { Memory } from '../remember/position.ts';
import { originalOf } from './copy.ts';
import { beginning, type Cursor } from './cursor.ts';
import { Followed } from './followed.ts';
import type { Ledger } from './ledger.ts';
import { holds, type Mark } from './mark.ts';
import { Names } from './names.ts';
import { bornSince, Remembered, sameBirth } from './resume.ts';

/** For how long the position of a file that is not there is kept: a volume may be gone for a while. In milliseconds. */
const memoryOfAbsent = 24 * 3_600_000;

/** Where to begin in a file that is met. */
interface Place {
  readonly cursor: Cursor;
  /** The ledger of the file of which it is a copy, whose stretches on their way are now its own. */
  readonly ledger?: Ledger;
  /** The name in its records, where that is not its own. */
  readonly label?: string;
}

/** What the table is told of the settings. */
export interface TableOptions {
  readonly start: 'beginning' | 'end';
  readonly once: boolean;
  /** Milliseconds. */
  readonly linger: number;
  readonly openFiles: number;
  readonly log: Log;
  /** Called when something changed that is to be remembered. */
  readonly changed: () => void;
}

/**
 * All files that are followed, by identity. Each scan is held against it: what is new is met, what was renamed, truncated,
 * deleted or replaced is told apart, and what a rotation put aside is found again beside its old name.
 */
export class FileTable {
  readonly #files = new Map<string, Followed>();
  readonly #remembered: Remembered;
  readonly #options: TableOptions;
  readonly #names: Names;
  /** The followed files by the name under which they were last seen, */
  #byPath = new Map<string, Followed>();
  /** and those of them that are open without a name that matches. */
  #aside: Followed[] = [];
  /** Copies of a file that is not truncated yet: since when each is waited for, by identity. */
  readonly #held = new Map<string, number>();
  /** Files that could not be opened, and why. */
  readonly #problems = new Map<string, string>();
  /** When the last scan began, also before this process; 0 where there was none. */
  #scannedAt: number;
  #first = true;

  constructor(memory: Memory, options: TableOptions) {
    this.#options = options;
    this.#remembered = new Remembered(memory.positions);
    this.#scannedAt = memory.scannedAt;
    this.#names = new Names(memory, options.linger);
  }

  [Symbol.iterator](): IterableIterator<Followed> {
    return this.#files.values();
  }

  /** Whether a followed file has that ledger: the copy of a truncated one takes it over. */
  owns(ledger: Ledger): boolean {
    return [...this.#files.values()].some((file) => file.ledger === ledger);
  }

  /** The files that a change at `path` may be about: the one of that name, or else those in its folder that were rotated or deleted. */
  at(path: string): Followed[] {
    const named = this.#byPath.get(path);
    if (named !== undefined) return [named];
    return this.#aside.filter((file) => dirname(file.path) === dirname(path));
  }

  /** What could not be opened, one sentence for each file. */
  get problems(): readonly string[] {
    return [...this.#problems.values()];
  }

  /** What is to be remembered now. */
  get memory(): Memory {
    const now = Date.now();
    const present = [...this.#files.values()].filter(({ standing }) => standing !== 'deleted').map((file) => file.position(now));
    const known = new Set(present.map(({ id }) => id));
    return { scannedAt: this.#scannedAt, positions: [...present, ...[...this.#remembered].filter(({ id }) => !known.has(id))] };
  }

  /** Takes in what a scan saw. */
  update(scan: Scan): void {
    const { startedAt, sightings } = scan;
    const present = new Set(sightings.map(({ id }) => id));
    const names = new Map(sightings.map(({ path, id }) => [path, id]));
    const siblings = new Siblings();
    this.#problems.clear();

    for (const sighting of sightings) this.#meetAgain(sighting);
    for (const file of this.#files.values()) if (!present.has(file.id)) this.#lookAside(file);
    for (const file of this.#files.values()) if (file.shrunk) this.truncated(file, siblings);
    const disturbed = this.#names.update(names, startedAt, this.#first ? undefined : this.#scannedAt);
    for (const [path, since] of disturbed) this.#meetRotated(path, since, present, siblings);
    const unknown = sightings.filter(({ id }) => !this.#files.has(id));
    for (const sighting of unknown) this.#meet(sighting, present, siblings);
    this.#byPath = new Map([...this.#files.values()].map((file) => [file.path, file]));
    this.#aside = [...this.#files.values()].filter(({ standing, fd }) => standing !== 'named' && fd !== undefined);

    for (const id of this.#held.keys()) if (!present.has(id)) this.#held.delete(id);
    this.#remembered.forgetBefore(startedAt - memoryOfAbsent);
    this.#scannedAt = startedAt;
    this.#first = false;
    this.letGo(startedAt);
  }

  /** Begins a truncated file again, and looks beside it for the copy that holds what was not read yet. */
  truncated(file: Followed, siblings = new Siblings()): void {
    const { mark, cursor, ledger, label, path, metAt } = file;
    if (cursor.offset > 0) this.#options.log.info({ file: label, offset: cursor.offset }, 'truncated: read again from the start');
    file.restart();
    this.#options.changed();
    this.#followCopies(path, mark, metAt, { cursor, ledger, label }, siblings);
  }

  /**
   * Looks beside a truncated file for the copy that was made of it, and reads that on from where the file was left.
   * Copies that were made later, before this was noticed, are read whole. None is older than `since`.
   */
  #followCopies(path: string, mark: Mark, since: number, place: Place & { readonly label: string }, siblings: Siblings): void {
    // of an empty file there is nothing to tell the first copy by
    let found = mark.headLength === 0;
    for (const sighting of siblings.of(path)) {
      if (this.#files.has(sighting.id) || this.#remembered.get(sighting.id) !== undefined) continue;
      const young = bornSince(sighting, since);
      const copy = this.#adopt(sighting, place.label, (fd) => {
        if (found) return young ? { cursor: beginning } : undefined;
        return sighting.size >= mark.offset && (young || mark.offset > 0) && holds(fd, mark) ? place : undefined;
      });
      if (copy === undefined) continue;
      found = true;
      this.#held.delete(copy.id);
      this.#options.log.info(
        { file: place.label, copy: copy.path, offset: copy.cursor.offset },
        'the copy of the truncated file is read',
      );
    }
  }

  /** Closes what is done with: deleted files that were read to their end, and the longest idle of too many open ones. */
  letGo(now = Date.now()): void {
    const idle: Followed[] = [];
    for (const file of this.#files.values()) {
      if (!file.shipped || file.unfinished > 0 || file.heldTo !== undefined) continue;
      if (file.standing === 'deleted' && now - file.activeAt > this.#options.linger) this.drop(file);
      else if (file.fd !== undefined) idle.push(file);
    }
    const tooMany = idle.length - this.#options.openFiles;
    if (tooMany <= 0) return;
    for (const file of idle.sort((a, b) => a.activeAt - b.activeAt).slice(0, tooMany)) {
      file.close();
      if (file.standing === 'rotated') this.#retire(file);
    }
  }

  /** Follows a file no longer, and forgets it. */
  drop(file: Followed): void {
    file.gone = true;
    file.close();
    this.#files.delete(file.id);
    this.#options.changed();
  }

  /** Follows a file no longer, but knows it when it is met again. */
  #retire(file: Followed): void {
    this.#remembered.add(file.position());
    this.drop(file);
  }

  /** A file that is followed was seen under a name that matches. */
  #meetAgain(sighting: Sighting): void {
    const file = this.#files.get(sighting.id);
    if (file === undefined) return;
    if (!sameBirth(file.born, sighting.born)) {
      // the inode was given to another file while this one was closed
      this.drop(file);
      return;
    }
    if (file.path !== sighting.path) {
      file.path = sighting.path;
      file.activeAt = Date.now();
    }
    file.standing = file.path === file.label ? 'named' : 'rotated';
    file.seen(sighting);
  }

  /** A file that is followed has no name that matches any more: renamed away, or deleted. */
  #lookAside(file: Followed): void {
    if (file.fd === undefined) {
      this.#retire(file);
      return;
    }
    if (file.standing === 'named') {
      file.standing = 'rotated';
      file.activeAt = Date.now();
      this.#options.changed();
    }
    file.look();
  }

  /** A file that is not followed yet was seen under a name that matches. */
  #meet(sighting: Sighting, present: ReadonlySet<string>, siblings: Siblings): void {
    if (this.#files.has(sighting.id) || this.#isHeldCopy(sighting)) return;
    const old = this.#first && (this.#scannedAt === 0 || !bornSince(sighting, this.#scannedAt));
    const place = { cursor: old && this.#options.start === 'end' ? { offset: sighting.size } : beginning };
    this.#resume(sighting, sighting.path, place, present, siblings);
  }

  /**
   * Whether a file is the copy that copytruncate makes of one that is followed, which is not truncated yet. Its lines are those
   * of the original, which ships them; it is met when the original was truncated, or has not been for a while.
   */
  #isHeldCopy(sighting: Sighting): boolean {
    const original = originalOf(sighting, this.#byPath);
    if (original === undefined) return false;
    const since = this.#held.getOrInsert(sighting.id, Date.now());
    if (!this.#options.once && Date.now() - since < this.#options.linger) return true;
    const place = { cursor: original.cursor, label: original.label };
    return this.#adopt(sighting, original.label, (fd) => (holds(fd, original.mark) ? place : undefined)) !== undefined;
  }

  /** A name stands for another file, or none: what a rotation made of the old one, and of those in between, is beside it. */
  #meetRotated(path: string, since: number, present: ReadonlySet<string>, siblings: Siblings): void {
    for (const sighting of siblings.of(path)) {
      if (this.#files.has(sighting.id)) continue;
      const place = bornSince(sighting, since) ? { cursor: beginning } : undefined;
      this.#resume(sighting, path, place, present, siblings);
    }
  }

  /**
   * Follows a file from where it was left; from the start where it was truncated since, and then also the copy that was made of it.
   * One that was never known is followed from `unknown`, or not at all where that is undefined.
   */
  #resume(sighting: Sighting, label: string, unknown: Place | undefined, present: ReadonlySet<string>, siblings: Siblings): void {
    const known = this.#remembered.get(sighting.id);
    const same = known !== undefined && sameBirth(known.born, sighting.born) ? known : undefined;
    const otherwise = same === undefined ? unknown : { cursor: beginning, label: same.path };
    const file = this.#adopt(sighting, label, (fd) => this.#recall(fd, sighting, present) ?? otherwise);
    if (file === undefined || known === undefined || !this.#remembered.has(known)) return;
    this.#remembered.delete(known);
    if (same !== undefined)
      this.#followCopies(same.path, same.mark, same.seenAt, { cursor: same.cursor, label: same.path }, siblings);
  }

  /** The remembered place in an open file, if it is one that we know. */
  #recall(fd: number, sighting: Sighting, present: ReadonlySet<string>): Place | undefined {
    for (const position of this.#remembered.candidates(sighting, present)) {
      if (!holds(fd, position.mark)) continue;
      // the file itself may still be there, truncated: it is met for itself
      if (position.id === sighting.id || !present.has(position.id)) this.#remembered.delete(position);
      return { cursor: position.cursor, label: position.path };
    }
    return undefined;
  }

  /** Opens a file and follows it from the place that `find` names; not at all where that is undefined. */
  #adopt(sighting: Sighting, label: string, find: (fd: number) => Place | undefined): Followed | undefined {
    let fd: number | undefined;
    try {
      fd = openSync(sighting.path, 'r');
      // between the scan and the opening another file may have taken the name
      const actual = sightingOf(sighting.path, fstatSync(fd));
      const place = this.#files.has(actual.id) || actual.id !== sighting.id ? undefined : find(fd);
      if (place === undefined) {
        closeSync(fd);
        return undefined;
      }
      const file = new Followed(actual, place.label ?? label, fd, place.cursor, place.ledger);
      file.grown(actual.size);
      this.#files.set(file.id, file);
      this.#options.changed();
      this.#options.log.debug({ file: file.label, path: file.path, offset: file.cursor.offset, size: file.size }, 'following');
      return file;
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      if (codeOf(error) !== 'ENOENT') this.#problems.set(sighting.path, unreadable(sighting.path, error));
      return undefined;
    }
  }
}
