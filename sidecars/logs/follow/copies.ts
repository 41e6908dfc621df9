import type { Log } from '#shared/log.ts';
import type { Siblings } from '../discover/beside.ts';
import { isGzip } from '../discover/rotation.ts';
import type { Sighting } from '../discover/scan.ts';
import type { Adoption, Place } from './adoption.ts';
import { originalOf } from './copy.ts';
import { beginning, type Cursor } from './cursor.ts';
import { holds, type Mark } from './mark.ts';
import type { Paths } from './paths.ts';
import { bornSince, type Remembered } from './resume.ts';

/** A copy of a file that is not truncated yet: since when it is waited for, and how far its lines are the original's. */
interface Held {
  readonly since: number;
  place: { readonly mark: Mark; readonly cursor: Cursor } | undefined;
}

/** What copies are told of the settings. */
export interface CopiesOptions {
  readonly once: boolean;
  /** Milliseconds. */
  readonly linger: number;
  readonly log: Log;
}

/** The copies that copytruncate makes of files before it truncates them: each line is shipped once, out of one of the two. */
export class Copies {
  readonly #followed: ReadonlyMap<string, unknown>;
  readonly #paths: Paths;
  readonly #remembered: Remembered;
  readonly #adoption: Adoption;
  readonly #options: CopiesOptions;
  /** By identity. */
  readonly #held = new Map<string, Held>();

  /** @param followed the files that are followed, by identity. */
  constructor(
    followed: ReadonlyMap<string, unknown>,
    paths: Paths,
    remembered: Remembered,
    adoption: Adoption,
    options: CopiesOptions,
  ) {
    this.#followed = followed;
    this.#paths = paths;
    this.#remembered = remembered;
    this.#adoption = adoption;
    this.#options = options;
  }

  /**
   * Whether a file is the copy of one that is followed, which is not truncated yet. Its lines are those of the original, which ships them;
   * it is met when the original was truncated, or has not been for a while.
   */
  isHeld(sighting: Sighting): boolean {
    const copied = originalOf(sighting, this.#paths);
    if (copied === undefined) return false;
    const { original, whole } = copied;
    const held = this.#held.getOrInsertComputed(sighting.id, () => ({ since: Date.now(), place: undefined }));
    // the original may go on, and the copy stays behind
    if (whole) held.place = { mark: original.mark, cursor: original.cursor };
    if (!this.#options.once && Date.now() - held.since < this.#options.linger) return true;
    const { place } = held;
    if (place === undefined) return false;
    const { label } = original;
    const adopted = this.#adoption.adopt(sighting, label, (fd) =>
      holds(fd, place.mark) ? { cursor: place.cursor, label } : undefined,
    );
    return adopted !== undefined;
  }

  /**
   * Looks beside a truncated file for the copy that was made of it, and reads that on from where the file was left.
   * Copies that were made later, before this was noticed, are read whole. None is older than `since`.
   */
  follow(path: string, mark: Mark, since: number, place: Place & { readonly label: string }, siblings: Siblings): void {
    // of an empty file there is nothing to tell the first copy by
    let found = mark.headLength === 0;
    for (const sighting of siblings.of(path)) {
      if (this.#followed.has(sighting.id) || this.#remembered.get(sighting.id) !== undefined) continue;
      const young = bornSince(sighting, since);
      if (isGzip(sighting.path)) {
        if (young) this.#adoption.adoptCompressed(sighting, place.label, 'start', [{ ...place, mark }]);
        continue;
      }
      const copy = this.#adoption.adopt(sighting, place.label, (fd) => {
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

  /** Forgets those that are not there any more. */
  forgetAllBut(present: ReadonlySet<string>): void {
    for (const id of this.#held.keys()) if (!present.has(id)) this.#held.delete(id);
  }
}
