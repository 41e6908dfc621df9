/** How a capture is cut into files, and how many are kept. */
export interface FilesPlan {
  /**
   * Where they are, as a person gave it: a path in whose last part `%Y`, `%m` and so on (strftime(3), UTC) stand for when a file was begun.
   */
  readonly path: string;
  /**
   * Whether a number is added before the ending, which goes on behind what an earlier run left, so that none is ever written over: where files rotate, are
   * uploaded, or are those of a flight recorder. Otherwise there is one file, and one of its name is written over.
   */
  readonly numbered: boolean;
  /** Begin another file before one grows beyond so many bytes; undefined for no such bound. */
  readonly size: number | undefined;
  /** Begin another file every so many milliseconds. */
  readonly every: number | undefined;
  /** Keep so many files at most: the oldest go. */
  readonly count: number | undefined;
  /** Keep so many bytes of files at most: the oldest go. */
  readonly disk: number | undefined;
  /** Whether they are compressed by zstd, and end so. */
  readonly zstd: boolean;
}

/** Whether a plan makes more than one file. */
export function rotates({ size, every, count, disk }: Pick<FilesPlan, 'size' | 'every' | 'count' | 'disk'>): boolean {
  return size !== undefined || every !== undefined || count !== undefined || disk !== undefined;
}

/** How large a file may become, in bytes: where all of them together may be no larger than the disk, one that goes must not be all that there was. */
export function largestFile({ size = Infinity, disk = Infinity, every }: FilesPlan): number {
  const share = every === undefined && size === Infinity ? disk / 10 : disk / 2;
  return Math.min(size, share);
}

/** A file that is whole: nothing more is written to it. */
export interface ClosedFile {
  readonly path: string;
  /** Its size, in bytes. */
  readonly bytes: number;
  readonly packets: number;
  /** When its first and last packets were seen, in milliseconds since 1970; undefined where it has none. */
  readonly first: number | undefined;
  readonly last: number | undefined;
}
