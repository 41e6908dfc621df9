import type { Followed } from '../follow/followed.ts';
import { bytesAt, latin1, tailBytes } from '../follow/mark.ts';
import type { Format } from '../record/format.ts';
import { leastStretch, noProgress, type Recorder } from '../record/recorder.ts';

/** So much of the end of a file is looked at first, and at the most, in bytes. */
const [least, most] = [2 ** 16, 2 ** 24];
const lf = 0x0a;

/** What makes records of a file, written in a format. */
export type MakeRecorder = (file: Followed, format: Format) => Recorder;

/** Which records are wanted, and how they are made. */
export interface LastOptions {
  readonly count: number;
  readonly format: Format;
  readonly make: MakeRecorder;
  /** As `LOGS_MAX_LINE`. */
  readonly maxLine: number;
  /** Whether nothing will be read that is written from now on: then what is not whole is a record as it is. */
  readonly final: boolean;
}

/**
 * Writes the last records of a file, and moves its cursor behind them. One that may still go on is counted, and left to whoever reads on.
 * @returns fewer than asked for where the last 16 MiB hold fewer.
 * @throws the system's error.
 */
export function lastRecords(file: Followed, options: LastOptions): Buffer {
  const isKept = file.fd !== undefined;
  if (options.count === 0 || !file.open()) return Buffer.alloc(0);
  try {
    return find(file, options);
  } finally {
    // of thousands of files not all can be open
    if (!isKept) file.close();
  }
}

function find(file: Followed, options: LastOptions): Buffer {
  const { fd, size } = file;
  const { count, format, make } = options;
  if (fd === undefined) return Buffer.alloc(0);
  for (let window = least; ; window *= 4) {
    const begin = Math.max(0, size - window);
    const bytes = bytesAt(fd, begin, size - begin);
    const chunk = Buffer.from(bytes.buffer, 0, bytes.length);
    // what lies before the first line end is the rest of a line
    const from = begin === 0 ? 0 : chunk.indexOf(lf) + 1;
    const kept: Buffer[] = [];
    const recorder = make(file, keeping(format, kept));
    const end = passOver(recorder, chunk, from, begin, options);
    // the first record may be the end of one whose beginning is further up
    if (kept.length <= count && begin > 0 && window < most) continue;
    const place = begin + end;
    const length = Math.min(tailBytes, place);
    file.advance({ offset: place }, latin1(bytesAt(fd, place - length, length)));
    return Buffer.concat(kept.slice(Math.max(0, kept.length - count + (recorder.holds ? 1 : 0))));
  }
}

/** The same format, of which each record is kept. */
function keeping({ contentType, write }: Format, kept: Buffer[]): Format {
  return {
    contentType,
    write: (record, output, at, repaired) => {
      const length = write(record, output, at, repaired);
      if (length >= 0) kept.push(Buffer.from(output.subarray(at, at + length)));
      return length;
    },
  };
}

/** Makes records of whatever is whole in `chunk` from `from` on. @param begin the place in the file of the first byte of it @returns the index where it stopped. */
function passOver(recorder: Recorder, chunk: Buffer, from: number, begin: number, { maxLine, final }: LastOptions): number {
  const longest = Math.max(leastStretch, maxLine + 2);
  const time = new Date();
  const progress = noProgress();
  let output = Buffer.allocUnsafe(longest);
  let at = from;
  let piece: typeof progress.piece;
  while (at < chunk.length) {
    const to = Math.min(chunk.length, at + longest);
    const cursor = piece === undefined ? { offset: begin + at } : { offset: begin + at, piece };
    recorder.record(
      { chunk, from: at, to, cursor, final: final && to === chunk.length ? 'line' : 'no', time },
      output,
      0,
      output.length,
      progress,
    );
    at += progress.consumed;
    if (progress.consumed > 0) piece = progress.piece;
    else if (progress.stop === 'room') output = Buffer.allocUnsafe(output.length + progress.need);
    else if (progress.stop !== 'group') break;
  }
  return at;
}
