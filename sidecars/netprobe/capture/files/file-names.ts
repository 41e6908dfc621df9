import { basename, dirname, extname, join } from 'node:path';
import { Exit, exitCode } from '#shared/exit.ts';
import type { FilesPlan } from './plan.ts';

/** What a `%` and a letter stand for, and which text that can be, as a regular expression. */
interface Field {
  readonly text: (time: Date) => string;
  readonly shape: string;
}

const digits = (count: number, number: (time: Date) => number): Field => ({
  text: (time) => String(number(time)).padStart(count, '0'),
  shape: `\\d{${count}}`,
});
const day = 86_400_000;

/** Those of strftime(3) that are numbers, in UTC. */
const fields: Readonly<Record<string, Field>> = {
  '%': { text: () => '%', shape: '%' },
  Y: { ...digits(4, (time) => time.getUTCFullYear()), shape: '\\d{4,}' },
  m: digits(2, (time) => time.getUTCMonth() + 1),
  d: digits(2, (time) => time.getUTCDate()),
  H: digits(2, (time) => time.getUTCHours()),
  M: digits(2, (time) => time.getUTCMinutes()),
  S: digits(2, (time) => time.getUTCSeconds()),
  j: digits(3, (time) => Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0, 1)) / day) + 1),
  F: { text: (time) => time.toISOString().slice(0, 10), shape: '\\d{4}-\\d\\d-\\d\\d' },
  s: { text: (time) => String(Math.floor(time.getTime() / 1000)), shape: '\\d+' },
  z: { text: () => '+0000', shape: '\\+0000' },
};

type Piece = string | Field;

const compressed = '.zst';

/** The names of the files of one capture: those that it makes, and those of earlier ones that it goes on behind. */
export class FileNames {
  readonly folder: string;
  /** What stands before the number, and behind it. */
  readonly #stem: readonly Piece[];
  readonly #ending: readonly Piece[];
  readonly #ours: RegExp | undefined;

  /** @throws Exit where the path cannot be one of files, or holds a `%` that stands for nothing. */
  constructor({ path, zstd, numbered }: Pick<FilesPlan, 'path' | 'zstd' | 'numbered'>) {
    const wrong = (what: string) => new Exit(exitCode.settings, `--write=${path} ${what}`);
    const name = basename(path);
    if (path === '' || path.endsWith('/') || name === '.' || name === '..')
      throw wrong('names a folder: add the name of a file, such as capture.pcapng');
    const folder = piecesOf(dirname(path), wrong);
    if (folder.some((piece) => typeof piece !== 'string' && piece !== fields['%']))
      throw wrong('has a time in the name of a folder: put it into the name of the file, and %% for a percent sign');
    if (name.endsWith(compressed) && !zstd)
      throw wrong('is the name of a compressed file: give --zstd too, or a name without .zst');
    const plain = name.endsWith(compressed) ? name.slice(0, -compressed.length) : name;
    // a time with dots has no ending
    const ending = extname(plain).includes('%') ? '' : extname(plain);
    this.folder = textOf(folder, 0);
    this.#stem = piecesOf(plain.slice(0, plain.length - ending.length), wrong);
    this.#ending = zstd ? [ending, compressed] : [ending];
    // with and without --zstd they are of the same capture
    const shape = `${shapeOf(this.#stem)}-(\\d{6,})${shapeOf([ending])}(?:\\.zst)?`;
    this.#ours = numbered ? new RegExp(`^${shape}$`) : undefined;
  }

  /** The path of a file. @param time when it is begun, in milliseconds since 1970. @param number is not in it where files are not numbered. */
  path(time: number, number: number): string {
    const counted = this.#ours === undefined ? '' : `-${String(number).padStart(6, '0')}`;
    return join(this.folder, `${textOf(this.#stem, time)}${counted}${textOf(this.#ending, time)}`);
  }

  /** The number in a name of the folder; undefined where that is no file of this capture. */
  number(name: string): number | undefined {
    const number = this.#ours?.exec(name)?.[1];
    return number === undefined ? undefined : Number(number);
  }
}

function piecesOf(pattern: string, wrong: (what: string) => Exit): Piece[] {
  return pattern
    .split(/(%.?)/su)
    .filter((text) => text !== '')
    .map((text) => {
      if (!text.startsWith('%')) return text;
      const field = fields[text.slice(1)];
      if (field !== undefined) return field;
      const known = Object.keys(fields).map((letter) => `%${letter}`);
      throw wrong(`holds ${text}, which stands for nothing: known are ${known.join(', ')}; write %% for a percent sign`);
    });
}

function textOf(pieces: readonly Piece[], time: number): string {
  const date = new Date(time);
  return pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text(date))).join('');
}

function shapeOf(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => (typeof piece === 'string' ? piece.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&') : piece.shape))
    .join('');
}
