import type { Followed } from '../follow/followed.ts';
import { encodeLines } from './encode.ts';
import { mostBytes, nothingEncoded } from './encoded.ts';
import type { LineFormat, PieceMark } from './format.ts';
import type { Joiner } from './multiline/joiner.ts';
import { noProgress, type Progress, type Recorder, type Stretch } from './recorder.ts';
import { nextSpan, type Span } from './split.ts';

const encoded = nothingEncoded();
const nothing = noProgress();

/**
 * Makes one record of each line, or of the lines that a joiner joins: many of them in one go. A line longer than `maxLine` becomes several records, marked as
 * pieces. A record of joined lines that would become longer ends before the line that makes it so, which begins another one.
 */
export class PlainRecorder implements Recorder {
  readonly group: Uint8Array | undefined;
  holds = false;
  readonly #file: Followed;
  readonly #maxLine: number;
  readonly #envelope: LineFormat['envelope'];
  readonly #joiner: Joiner | undefined;

  constructor(file: Followed, maxLine: number, { envelope, frame }: LineFormat, joiner?: Joiner) {
    this.#file = file;
    this.#maxLine = maxLine;
    this.#envelope = envelope;
    this.#joiner = joiner;
    this.group = frame?.open(file.label, undefined);
  }

  record(stretch: Stretch, output: Buffer, at: number, end: number, progress: Progress): void {
    Object.assign(progress, nothing);
    const { chunk, from, to, cursor, final, time } = stretch;
    const room = { output, at, end };
    this.holds = false;
    if (cursor.piece === undefined) {
      const envelope = this.#envelope(this.#file.label, time);
      const maxLine = this.#maxLine;
      encodeLines({ chunk, from, to, final, maxLine }, room, envelope, this.#joiner, encoded);
      const { stop, consumed } = encoded;
      this.holds = stop === 'held';
      if (consumed > 0 || stop !== 'long') {
        take(progress);
        progress.need = mostBytes(envelope, Math.min(to - from, maxLine));
        return;
      }
    }
    const span = nextSpan(chunk, from, to, cursor, this.#maxLine, final === 'line');
    if (span === undefined) {
      progress.stop = 'more';
      return;
    }
    const envelope = this.#envelope(this.#file.label, time, undefined, this.#markOf(span));
    const lines = { chunk, from, to: span.to, final: 'line', maxLine: Number.POSITIVE_INFINITY } as const;
    encodeLines(lines, room, envelope, undefined, encoded);
    take(progress);
    progress.need = mostBytes(envelope, span.to - from);
    if (encoded.records > 0) progress.piece = span.cursor.piece;
  }

  #markOf({ piece }: Span): PieceMark | undefined {
    return piece && { id: `${this.#file.id}:${piece.lineStart}`, ordinal: piece.ordinal, last: piece.last };
  }
}

/** Says in `progress` what was encoded. */
function take(progress: Progress): void {
  const { consumed, written, records, repaired, stop } = encoded;
  progress.consumed = consumed;
  progress.written = written;
  progress.records = records;
  progress.repaired = repaired;
  // what was done before a long line is a progress of its own
  if (stop === 'room') progress.stop = 'room';
  else if (stop === 'more' || stop === 'held') progress.stop = 'more';
}
