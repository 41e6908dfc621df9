import { closeSync, constants, fstatSync, ftruncateSync, openSync, unlinkSync } from 'node:fs';
import { codeOf } from '#shared/exit.ts';
import type { Part } from '#shared/health.ts';
import type { Log } from '#shared/log.ts';
import { Siblings } from '../discover/beside.ts';
import { isGzip } from '../discover/rotation.ts';
import type { Position } from '../remember/position.ts';

/** A rotated file as one destination knows it. */
export interface Rotated extends Pick<Position, 'id' | 'path' | 'cursor'> {
  /** Bytes that it has on the disk, where it is compressed and was read to its end. */
  readonly compressedSize?: number | undefined;
}

/** What is told of the settings. */
export interface AfterShipOptions {
  readonly action: 'truncate' | 'delete';
  /** Milliseconds that a file has to be as it is. */
  readonly linger: number;
  /** Degraded where files cannot be truncated or deleted. */
  readonly part: Part;
  readonly log: Log;
  /** Whether compressed files are read. */
  readonly readGzip: boolean;
  /** A file was truncated or deleted that had so many bytes. */
  readonly done: (bytes: number) => void;
}

/**
 * Truncates or deletes rotated files once every destination has every byte of them. Only what has the name of a rotation beside a followed name is touched,
 * is no link and has no second name, was neither written nor renamed for a while, and is, at the last moment, the very file and has the very size
 * that was acknowledged.
 */
export class AfterShip {
  readonly #options: AfterShipOptions;

  constructor(options: AfterShipOptions) {
    this.#options = options;
    options.part.ok();
  }

  /**
   * Does it with all files that are ready.
   * @param lanes the rotated files that each destination knows.
   */
  apply(lanes: readonly Iterable<Rotated>[], now = Date.now()): void {
    const siblings = new Siblings(this.#options.readGzip);
    let problem: string | undefined;
    for (const { id, path: name, cursor, compressedSize } of shippedByAll(lanes)) {
      const path = siblings.of(name).find((sighting) => sighting.id === id)?.path;
      const size = path !== undefined && isGzip(path) ? compressedSize : cursor.offset;
      if (path === undefined || size === undefined) continue;
      try {
        if (this.#finish(path, id, size, now)) this.#options.done(size);
      } catch (error) {
        // renamed by the next rotation since the folder was listed
        if (codeOf(error) !== 'ENOENT') problem ??= this.#failed(path, error);
      }
    }
    if (problem === undefined) this.#options.part.ok();
    else this.#options.part.degraded(problem);
  }

  /** @returns whether the file was ready. @throws the system's error where it could not be done. */
  #finish(path: string, id: string, size: number, now: number): boolean {
    const { action, linger, log } = this.#options;
    const access = action === 'truncate' ? constants.O_RDWR : constants.O_RDONLY;
    const fd = openSync(path, access | constants.O_NOFOLLOW);
    try {
      const stats = fstatSync(fd);
      const isIt = `${stats.dev}:${stats.ino}` === id && stats.size === size && stats.nlink === 1;
      // a rename changes the second time
      if (!isIt || now - Math.max(stats.mtimeMs, stats.ctimeMs) < linger) return false;
      if (action === 'truncate') ftruncateSync(fd);
      else unlinkSync(path);
    } finally {
      closeSync(fd);
    }
    log.info(
      { file: path, bytes: size },
      `${action === 'truncate' ? 'truncated' : 'deleted'}: every destination has every line of it`,
    );
    return true;
  }

  #failed(path: string, error: unknown): string {
    const { action } = this.#options;
    return `LOGS_AFTER_SHIP=${action}: ${path} cannot be ${action}d: ${codeOf(error)}; mount its volume writable for this user, or set LOGS_AFTER_SHIP=keep`;
  }
}

/**
 * The files that all destinations know as rotated, and read from the first byte to the same last one, which are acknowledged. Empty ones are done with;
 * one of which the beginning was left out, as `LOGS_START` says, is not shipped.
 */
function shippedByAll([first, ...others]: readonly Iterable<Rotated>[]): Rotated[] {
  const known = others.map((rotated) => new Map([...rotated].map((each) => [each.id, each])));
  return [...(first ?? [])].filter((file) => {
    const { id, path, cursor, compressedSize } = file;
    const isWhole = (other: Rotated | undefined) =>
      other?.path === path &&
      other.cursor.offset === cursor.offset &&
      other.cursor.tally?.since === 0 &&
      other.compressedSize === compressedSize;
    return cursor.offset > 0 && isWhole(file) && known.every((rotated) => isWhole(rotated.get(id)));
  });
}
