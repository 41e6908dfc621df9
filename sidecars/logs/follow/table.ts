import type { Log } from '#shared/log.ts';
import { Siblings } from '../discover/beside.ts';
import type { Scan, Sighting } from '../discover/scan.ts';
import type { Memory } from '../remember/position.ts';
import { Adoption } from './adoption.ts';
import type { Rotated } from './after-ship.ts';
import { Archives } from './archives.ts';
import { Copies } from './copies.ts';
import type { Followed } from './followed.ts';
import type { Ledger } from './ledger.ts';
import { Meeting } from './meeting.ts';
import { Names } from './names.ts';
import { Paths } from './paths.ts';
import { bornSince, Remembered, sameBirth } from './resume.ts';

/** For how long the position of a file that is not there is kept: a volume may be gone for a while. In milliseconds. */
const memoryOfAbsent = 24 * 3_600_000;

/** What the table is told of the settings. */
export interface TableOptions {
  readonly start: 'beginning' | 'end';
  readonly once: boolean;
  /** Milliseconds. */
  readonly linger: number;
  readonly openFiles: number;
  /** Whether rotated files that were compressed with gzip are read. */
  readonly readGzip: boolean;
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
  readonly #paths = new Paths(this.#files);
  readonly #names: Names;
  readonly #archives: Archives;
  readonly #adoption: Adoption;
  readonly #copies: Copies;
  readonly #meeting: Meeting;
  /** What the last scan saw, by identity and by name. */
  #seen: {
    readonly sightings: readonly Sighting[];
    readonly present: ReadonlySet<string>;
    readonly names: ReadonlyMap<string, string>;
  };
  /** When the last scan began, also before this process; 0 where there was none. */
  #scannedAt: number;
  #first = true;

  constructor(memory: Memory, options: TableOptions) {
    this.#options = options;
    this.#remembered = new Remembered(memory.positions);
    this.#scannedAt = memory.scannedAt;
    this.#names = new Names(memory, options.linger);
    this.#archives = new Archives(this.#files, this.#remembered, options.once ? 0 : options.linger);
    this.#adoption = new Adoption(this.#files, this.#archives, options.log, () => {
      this.#paths.changed();
      options.changed();
    });
    this.#copies = new Copies(this.#files, this.#paths, this.#remembered, this.#adoption, options);
    this.#meeting = new Meeting(this.#files, this.#remembered, this.#archives, this.#adoption, this.#copies, options);
    this.#seen = { sightings: [], present: new Set(), names: new Map() };
  }

  [Symbol.iterator](): IterableIterator<Followed> {
    return this.#files.values();
  }

  /** Whether a followed file has that ledger: the copy of a truncated one takes it over. */
  owns(ledger: Ledger): boolean {
    return this.#files.values().some((file) => file.ledger === ledger);
  }

  /** The files that a change at `path` may be about: the one of that name, or else those in its folder that were rotated or deleted. */
  at(path: string): Followed[] {
    return this.#paths.at(path);
  }

  /** The rotated files that are known, also those that are followed no longer. */
  *rotated(): Iterable<Rotated> {
    for (const { id, label: path, standing, ledger, compressed } of this.#files.values())
      if (standing === 'rotated' && compressed === undefined) yield { id, path, cursor: ledger.acknowledged };
    for (const position of this.#remembered)
      if (position.rotated && !this.#files.has(position.id))
        yield { ...position, compressedSize: this.#archives.sizeOf(position.id) };
  }

  /** How many files wait for a free descriptor. */
  get crowded(): number {
    return this.#adoption.crowded;
  }

  /** What could not be opened, or not be read to its end, one sentence for each file. */
  get problems(): readonly string[] {
    return [...this.#adoption.problems.values(), ...this.#archives.problems];
  }

  /** What is to be remembered now. */
  get memory(): Memory {
    const now = Date.now();
    const present = [...this.#files.values()]
      .filter(({ standing }) => standing !== 'deleted')
      // of one that was not looked into yet only the past is known
      .map((file) => (file.compressed?.begun === false ? this.#remembered.get(file.id) : undefined) ?? file.position(now));
    const known = new Set(present.map(({ id }) => id));
    return { scannedAt: this.#scannedAt, positions: [...present, ...[...this.#remembered].filter(({ id }) => !known.has(id))] };
  }

  /** Takes in what a scan saw. */
  update(scan: Scan): void {
    const { startedAt, sightings } = scan;
    if (sightings !== this.#seen.sightings) this.#seen = sorted(sightings);
    const { present, names } = this.#seen;
    const siblings = new Siblings(this.#options.readGzip);
    this.#adoption.forget();

    for (const sighting of sightings) this.#meetAgain(sighting);
    for (const file of this.#files.values()) if (!present.has(file.id)) this.#lookAside(file);
    for (const file of this.#files.values()) if (file.shrunk) this.truncated(file, siblings);
    const disturbed = this.#names.update(names, startedAt, this.#scannedAt === 0 ? undefined : this.#scannedAt);
    for (const [path, since] of disturbed) this.#meeting.meetRotated(path, since, { present, siblings });
    const unknown = sightings.filter(({ id }) => !this.#files.has(id));
    for (const sighting of unknown) {
      const old = this.#first && (this.#scannedAt === 0 || !bornSince(sighting, this.#scannedAt));
      this.#meeting.meet(sighting, old, { present, siblings });
    }
    this.#paths.arrange(names);

    this.#copies.forgetAllBut(present);
    this.#remembered.forgetBefore(startedAt - memoryOfAbsent);
    this.#archives.forgetBefore(startedAt - memoryOfAbsent);
    this.#scannedAt = startedAt;
    this.#first = false;
    this.letGo(startedAt);
  }

  /** Begins a truncated file again, and looks beside it for the copy that holds what was not read yet. */
  truncated(file: Followed, siblings = new Siblings(this.#options.readGzip)): void {
    const { mark, cursor, ledger, label, path, metAt } = file;
    if (cursor.offset > 0) this.#options.log.info({ file: label, offset: cursor.offset }, 'truncated: read again from the start');
    file.restart();
    this.#options.changed();
    this.#copies.follow(path, mark, metAt, { cursor, ledger, label }, siblings);
  }

  /** Closes what is done with: deleted files that were read to their end, and the longest idle of too many open ones. */
  letGo(now = Date.now()): void {
    const idle: Followed[] = [];
    for (const file of this.#files.values()) {
      if (!file.shipped || file.unfinished > 0 || file.heldTo !== undefined) continue;
      if (file.compressed !== undefined) {
        this.#archives.finished(file.id, file.path, file.compressed);
        this.#retire(file);
      } else if (file.standing === 'deleted' && now - file.activeAt > this.#options.linger) {
        if (this.#options.readGzip) this.#archives.deleted(file.position());
        this.drop(file);
      } else if (file.fd !== undefined) idle.push(file);
    }
    const tooMany = idle.length - this.#options.openFiles;
    if (tooMany <= 0) return;
    for (const file of idle.sort((a, b) => a.activeAt - b.activeAt).slice(0, tooMany)) {
      // what was seen of it may be out of date, and once it is closed, its deletion takes what is unread
      file.look();
      if (!file.shipped) continue;
      file.rest();
      if (file.standing === 'rotated') this.#retire(file);
    }
  }

  /** Follows a file no longer, and forgets it. */
  drop(file: Followed): void {
    file.gone = true;
    file.close();
    this.#paths.changed();
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
      this.#paths.changed();
    }
    const standing = file.path === file.label && file.compressed === undefined ? 'named' : 'rotated';
    if (standing !== file.standing) {
      file.standing = standing;
      this.#paths.changed();
    }
    // it may have been read since the scan saw it: then it has not shrunk
    if (sighting.size < file.size && file.fd !== undefined) file.look();
    else file.seen(sighting);
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
      this.#paths.changed();
      this.#options.changed();
    }
    file.look();
  }
}

function sorted(sightings: readonly Sighting[]) {
  const present = new Set<string>();
  const names = new Map<string, string>();
  for (const { id, path } of sightings) {
    present.add(id);
    names.set(path, id);
  }
  return { sightings, present, names };
}
