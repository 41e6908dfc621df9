import type { Siblings } from '../discover/beside.ts';
import { isGzip } from '../discover/rotation.ts';
import type { Sighting } from '../discover/scan.ts';
import type { Adoption, Place } from './adoption.ts';
import type { Archives } from './archives.ts';
import type { Copies } from './copies.ts';
import { beginning } from './cursor.ts';
import { holds } from './mark.ts';
import { bornSince, type Remembered, sameBirth } from './resume.ts';

/** What a scan saw, as far as a file that is met has to do with it. */
export interface Surrounding {
  /** The files that are there, by identity. */
  readonly present: ReadonlySet<string>;
  readonly siblings: Siblings;
}

/** What a meeting is told of the settings. */
export interface MeetingOptions {
  readonly start: 'beginning' | 'end';
  readonly once: boolean;
}

/** Tells of files that are not followed yet what they are, and where to begin in them. */
export class Meeting {
  readonly #followed: ReadonlyMap<string, unknown>;
  readonly #remembered: Remembered;
  readonly #archives: Archives;
  readonly #adoption: Adoption;
  readonly #copies: Copies;
  readonly #options: MeetingOptions;

  /** @param followed the files that are followed, by identity. */
  constructor(
    followed: ReadonlyMap<string, unknown>,
    remembered: Remembered,
    archives: Archives,
    adoption: Adoption,
    copies: Copies,
    options: MeetingOptions,
  ) {
    this.#followed = followed;
    this.#remembered = remembered;
    this.#archives = archives;
    this.#adoption = adoption;
    this.#copies = copies;
    this.#options = options;
  }

  /**
   * A file was seen under a name that matches.
   * @param old whether it may have been there before this sidecar was.
   */
  meet(sighting: Sighting, old: boolean, surrounding: Surrounding): void {
    const fromEnd = old && this.#options.start === 'end';
    if (isGzip(sighting.path)) {
      if (this.#options.once || !this.#archives.full)
        this.#adoption.adoptCompressed(sighting, sighting.path, fromEnd ? 'end' : 'start');
      return;
    }
    if (this.#followed.has(sighting.id) || this.#copies.isHeld(sighting)) return;
    this.#resume(sighting, sighting.path, { cursor: fromEnd ? { offset: sighting.size } : beginning }, surrounding);
  }

  /** A name stands for another file, or none: what a rotation made of the old one, and of those in between, is beside it. */
  meetRotated(path: string, since: number, surrounding: Surrounding): void {
    for (const sighting of surrounding.siblings.of(path)) {
      if (this.#followed.has(sighting.id)) continue;
      const young = bornSince(sighting, since);
      if (isGzip(sighting.path)) {
        if (young || this.#remembered.get(sighting.id) !== undefined) this.#adoption.adoptCompressed(sighting, path, 'start');
        continue;
      }
      this.#resume(sighting, path, young ? { cursor: beginning } : undefined, surrounding);
    }
  }

  /**
   * Follows a file from where it was left; from the start where it was truncated since, and then also the copy that was made of it.
   * One that was never known is followed from `unknown`, or not at all where that is undefined.
   */
  #resume(sighting: Sighting, label: string, unknown: Place | undefined, { present, siblings }: Surrounding): void {
    const known = this.#remembered.get(sighting.id);
    const same = known !== undefined && sameBirth(known.born, sighting.born) ? known : undefined;
    const otherwise = same === undefined ? unknown : { cursor: beginning, label: same.path };
    const file = this.#adoption.adopt(sighting, label, (fd) => this.#recall(fd, sighting, present) ?? otherwise);
    if (file === undefined || known === undefined || !this.#remembered.has(known)) return;
    this.#remembered.delete(known);
    if (same === undefined) return;
    const { path, mark, seenAt, cursor, life } = same;
    this.#copies.follow(path, mark, seenAt, { cursor, label: path, life }, siblings);
  }

  /** The remembered place in an open file, if it is one that we know. */
  #recall(fd: number, sighting: Sighting, present: ReadonlySet<string>): Place | undefined {
    for (const position of this.#remembered.candidates(sighting, present)) {
      if (!holds(fd, position.mark)) continue;
      // the file itself may still be there, truncated: it is met for itself
      if (position.id === sighting.id || !present.has(position.id)) this.#remembered.delete(position);
      return { cursor: position.cursor, label: position.path, life: position.life };
    }
    return undefined;
  }
}
