import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '#shared/exit.ts';
import { Siblings } from '../discover/beside.ts';
import { isGzip } from '../discover/rotation.ts';
import { unreadable } from '../discover/unreadable.ts';
import { Inflated } from '../follow/inflated.ts';
import { fingerprint, type Mark, tailBytes } from '../follow/mark.ts';
import { sameBirth } from '../follow/resume.ts';
import { type Tally, tallied, tallyFrom } from '../follow/tally.ts';
import type { Position } from './position.ts';

/** What reading a file again has found. */
export type Verdict =
  /** It holds what was shipped. */
  | { readonly is: 'same'; readonly path: string }
  /** It holds something else. */
  | { readonly is: 'different'; readonly path: string; readonly found: Tally }
  /** It was truncated or written anew: the sidecar ships it from its start. */
  | { readonly is: 'anew'; readonly path: string }
  /** No file is it any more. */
  | { readonly is: 'gone' }
  /** An older release acknowledged it, and kept no checksum. */
  | { readonly is: 'untold'; readonly path: string }
  | { readonly is: 'unreadable'; readonly problem: string };

/** What a file holds, as it is or inside of a gzip. */
interface Held {
  /** Reads at an offset. @returns how many bytes; none at the end. @throws the system's error. */
  readonly read: (buffer: Uint8Array, offset: number) => Promise<number>;
}

/** Bytes that are read at a time. */
const chunkBytes = 2 ** 20;

/**
 * Holds files against what is remembered of them. It changes nothing, so it may be done beside a running sidecar: what grows meanwhile lies
 * behind what was acknowledged.
 */
export class Verification {
  readonly #siblings = new Siblings(true);
  readonly #buffer = Buffer.allocUnsafeSlow(chunkBytes);
  /** What was read already: destinations have most of it in common. */
  readonly #read = new Map<string, Tally>();

  /** Finds the file of a position, under its name or beside it, and reads it up to the place that was acknowledged. @throws the system's error. */
  async verify(position: Position): Promise<Verdict> {
    const { id, mark } = position;
    let anew: string | undefined;
    for (const path of this.#places(position.path)) {
      let file: FileHandle;
      try {
        file = await open(path, 'r');
      } catch (error) {
        // the next one may be it
        if (codeOf(error) === 'ENOENT') continue;
        return { is: 'unreadable', problem: unreadable(path, error) };
      }
      try {
        const { dev, ino, birthtimeMs } = await file.stat();
        const isSame = `${dev}:${ino}` === id;
        // a device may get another number when it is mounted again
        if (!isSame && String(ino) !== id.split(':')[1]) continue;
        if (!sameBirth(birthtimeMs, position.born)) continue;
        const held = isGzip(path) ? new Inflated(file.fd) : plainly(file);
        if (await holds(held, mark)) return await this.#compare(position, path, held);
        if (isSame) anew = path;
      } finally {
        await file.close();
      }
    }
    return anew === undefined ? { is: 'gone' } : { is: 'anew', path: anew };
  }

  async #compare({ id, cursor: { offset, tally } }: Position, path: string, held: Held): Promise<Verdict> {
    if (tally === undefined) return offset === 0 ? { is: 'same', path } : { is: 'untold', path };
    const key = `${id} ${tally.since}-${offset}`;
    const found = this.#read.get(key) ?? (await this.#tally(held, tally.since, offset));
    this.#read.set(key, found);
    const isSame = found.lines === tally.lines && found.adler === tally.adler;
    return isSame ? { is: 'same', path } : { is: 'different', path, found };
  }

  async #tally(held: Held, since: number, end: number): Promise<Tally> {
    let tally = tallyFrom(since);
    for (let at = since; at < end; ) {
      const count = await held.read(this.#buffer.subarray(0, Math.min(chunkBytes, end - at)), at);
      // truncated meanwhile: what is missing tells
      if (count === 0) break;
      tally = tallied(tally, this.#buffer.subarray(0, count));
      at += count;
    }
    return tally;
  }

  /** Where a file may be that had the name. */
  *#places(name: string): Iterable<string> {
    yield name;
    for (const { path } of this.#siblings.of(name)) yield path;
  }
}

function plainly(file: FileHandle): Held {
  return { read: async (buffer, offset) => (await file.read(buffer, 0, buffer.length, offset)).bytesRead };
}

/** Whether the marked place is in what a file holds. @throws the system's error. */
async function holds(held: Held, { offset, headLength, head, tail }: Mark): Promise<boolean> {
  if (fingerprint(await bytesAt(held, 0, headLength)) !== head) return false;
  const length = Math.min(tailBytes, offset);
  return fingerprint(await bytesAt(held, offset - length, length)) === tail;
}

async function bytesAt(held: Held, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, length === 0 ? 0 : await held.read(bytes, offset));
}
