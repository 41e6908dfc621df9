import { basename, dirname } from 'node:path';
import { isRotationOf } from '../discover/rotation.ts';
import type { Sighting } from '../discover/scan.ts';
import type { Position } from '../remember/position.ts';

/** Below this many acknowledged bytes a file is not recognised by its bytes alone: two files may begin with the same banner. */
const tellingBytes = 64;
/** Time stamps of files come from a clock that may be some milliseconds behind ours. */
const clockTolerance = 50;

/** The positions of files that are not followed now: from before the start, and of files that were let go. */
export class Remembered {
  readonly #byId = new Map<string, Position>();

  constructor(positions: Iterable<Position>) {
    for (const position of positions) this.#byId.set(position.id, position);
  }

  [Symbol.iterator](): Iterator<Position> {
    return this.#byId.values();
  }

  /** The position of the file with that identity. */
  get(id: string): Position | undefined {
    return this.#byId.get(id);
  }

  has(position: Position): boolean {
    return this.#byId.get(position.id) === position;
  }

  add(position: Position): void {
    this.#byId.set(position.id, position);
  }

  delete(position: Position): void {
    this.#byId.delete(position.id);
  }

  /** Forgets the files that were last there before `time`. */
  forgetBefore(time: number): void {
    for (const [id, { seenAt }] of this.#byId) if (seenAt < time) this.#byId.delete(id);
  }

  /**
   * The positions that may be about a file, likeliest first. Each has to be proven by its mark before it is used:
   * the same inode; the same inode number and name on a device that got another number; the same name, or one of which this is
   * a rotation, where the file itself is gone or was truncated (a volume that was restored, or copied while nobody looked).
   * @param present the files that are there now.
   */
  candidates(sighting: Sighting, present: ReadonlySet<string>): Position[] {
    const same = this.#byId.get(sighting.id);
    if (same !== undefined) {
      const possible = sameBirth(sighting.born, same.born) && same.cursor.offset <= sighting.size;
      if (possible) return [same];
    }
    const ranked: { rank: number; position: Position }[] = [];
    for (const position of this.#byId.values()) {
      const rank = position === same ? 0 : likeness(sighting, position, present);
      if (rank > 0) ranked.push({ rank, position });
    }
    return ranked.sort((a, b) => b.rank - a.rank || b.position.seenAt - a.position.seenAt).map(({ position }) => position);
  }
}

function likeness(sighting: Sighting, position: Position, present: ReadonlySet<string>): number {
  if (position.cursor.offset > sighting.size || !position.path.startsWith(dirname(sighting.path))) return 0;
  const sameName = position.path === sighting.path;
  if (sameName && inode(position.id) === inode(sighting.id) && sameBirth(sighting.born, position.born)) return 3;
  if (position.cursor.offset < tellingBytes) return 0;
  if (sameName) return present.has(position.id) ? 0 : 2;
  const sameFolder = dirname(position.path) === dirname(sighting.path);
  return sameFolder && isRotationOf(basename(sighting.path), basename(position.path)) ? 1 : 0;
}

/** Whether two times of birth are of one file; a file system that keeps none gives 0 and is believed. */
export function sameBirth(a: number, b: number): boolean {
  return a === b || a === 0 || b === 0;
}

/** Whether a file came into being since `time`, as far as can be told; where it cannot, whether it was written since. */
export function bornSince(sighting: Sighting, time: number): boolean {
  return (sighting.born || sighting.modified) >= time - clockTolerance;
}

function inode(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}
