import { readSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { areRelated, plainName } from '../discover/rotation.ts';
import type { Sighting } from '../discover/scan.ts';
import type { Position } from '../remember/position.ts';
import { type Candidate, Compressed, type Left } from './compressed.ts';
import type { Followed } from './followed.ts';
import { type Remembered, sameBirth } from './resume.ts';

/** Compressed files that are read at the same time, where they need not be caught before they go away. */
const mostAtOnce = 4;

/**
 * What is known of rotated files that were compressed: which of them are done with, and which places they may hold, as each of them
 * is what became of a file that was perhaps read before.
 */
export class Archives {
  readonly #files: ReadonlyMap<string, Followed>;
  readonly #remembered: Remembered;
  readonly #linger: number;
  /** Positions of files that were read whole and deleted, of which a compressed form may be there. */
  #deleted: Position[] = [];
  /** What each one was like when it was done with, by identity, and what was wrong with it. */
  readonly #done = new Map<
    string,
    { readonly size: number; readonly modified: number; at: number; readonly problem: string | undefined }
  >();

  /** @param linger milliseconds for which a compressed file has to be as it is before it is looked into. */
  constructor(files: ReadonlyMap<string, Followed>, remembered: Remembered, linger: number) {
    this.#files = files;
    this.#remembered = remembered;
    this.#linger = linger;
  }

  /** What is wrong with files that were read, one sentence for each. */
  get problems(): string[] {
    return [...this.#done.values()].flatMap(({ problem }) => problem ?? []);
  }

  /** Whether there are as many under way as may be. */
  get full(): boolean {
    let count = 0;
    for (const { compressed } of this.#files.values()) if (compressed !== undefined) count += 1;
    return count >= mostAtOnce;
  }

  /** Whether nothing is to be read of a file. Its position is kept as long as the file is there. */
  isDone({ id, size, modified }: Sighting, now = Date.now()): boolean {
    const done = this.#done.get(id);
    if (done?.size !== size || done.modified !== modified) return false;
    done.at = now;
    const position = this.#remembered.get(id);
    if (position !== undefined) this.#remembered.add({ ...position, seenAt: now });
    return true;
  }

  /** Bytes on the disk of a file that was read to its end and is well; undefined of all others. */
  sizeOf(id: string): number | undefined {
    const done = this.#done.get(id);
    return done?.problem === undefined ? done?.size : undefined;
  }

  /** Notes that a file was read to its end. */
  finished(id: string, path: string, { size, modified, problem }: Compressed): void {
    this.#done.set(id, { size, modified, at: Date.now(), problem: problem && `${path} ${problem}` });
  }

  /** Notes that a file was read whole and deleted. */
  deleted(position: Position): void {
    this.#deleted.push(position);
  }

  /** Forgets what was last there before `time`. */
  forgetBefore(time: number): void {
    this.#deleted = this.#deleted.filter(({ seenAt }) => seenAt >= time);
    for (const [id, { at }] of this.#done) if (at < time) this.#done.delete(id);
  }

  /**
   * What is to be read of an open file.
   * @param otherwise where to begin where nothing is known of it.
   * @param left a place that it holds most likely.
   * @returns undefined where it was read to its end before: the size that is noted at its end tells. @throws the system's error.
   */
  compressed(fd: number, sighting: Sighting, otherwise: 'start' | 'end', left: readonly Left[]): Compressed | undefined {
    const known = this.#remembered.get(sighting.id);
    const own = known !== undefined && sameBirth(known.born, sighting.born) ? known : undefined;
    if (own !== undefined && own.cursor.offset > 0 && sizeAtEnd(fd, sighting.size) === own.cursor.offset % 2 ** 32) {
      const { size, modified } = sighting;
      this.#done.set(sighting.id, { size, modified, at: Date.now(), problem: undefined });
      return undefined;
    }
    const candidates = () => [...(own === undefined ? left : [own, ...left]), ...this.#candidates(sighting)];
    // one that is known was met before, and is to be read
    const unknown = own === undefined ? otherwise : 'start';
    return new Compressed(fd, sighting, { candidates, otherwise: unknown, linger: this.#linger });
  }

  /** The places of files of which it may be the compressed form. */
  *#candidates({ id, path }: Sighting): Iterable<Candidate> {
    const name = plainName(basename(path));
    const isRelated = (other: string) => dirname(other) === dirname(path) && areRelated(name, basename(other));
    for (const file of this.#files.values()) {
      if (file.id === id || file.compressed !== undefined || !isRelated(file.label)) continue;
      if (file.standing === 'named' && basename(file.path) !== name) continue;
      const unread = file.fd === undefined ? file.readable : file.size > file.cursor.offset;
      yield { mark: file.mark, cursor: file.cursor, open: { unread } };
    }
    for (const position of [...this.#deleted, ...this.#remembered])
      if (position.id !== id && isRelated(position.path)) yield position;
  }
}

/** The size of what a gzip of one member holds, modulo 2^32: its last four bytes (RFC 1952, ISIZE). Of several it is that of the last one. */
function sizeAtEnd(fd: number, size: number): number | undefined {
  const bytes = Buffer.alloc(4);
  return readSync(fd, bytes, 0, 4, Math.max(0, size - 4)) === 4 ? bytes.readUInt32LE() : undefined;
}
