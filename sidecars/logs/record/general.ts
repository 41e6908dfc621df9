import type { Cursor, Piece } from '../follow/cursor.ts';
import type { Followed } from '../follow/followed.ts';
import { bytesAt } from '../follow/mark.ts';
import { Assembly, type Entry } from './assembly.ts';
import type { Filter, Judged } from './filter/filter.ts';
import type { Format, LogRecord, PieceMark } from './format.ts';
import { LinesDone } from './lines-done.ts';
import type { Joiner } from './multiline/joiner.ts';
import { nextPiece, partsCut, piecesOf } from './overlong.ts';
import { fieldsOf } from './parse/json.ts';
import type { Parse } from './parse/line.ts';
import { decode } from './parse/text.ts';
import { RecordWriter } from './record-writer.ts';
import { leastStretch, noProgress, type Progress, type Recorder, type Stretch } from './recorder.ts';

const lf = 0x0a;
const carriageReturn = 0x0d;
const nothing = noProgress();

/** What a general recorder is to do. */
export interface GeneralOptions {
  readonly maxLine: number;
  /** Milliseconds that a record may keep those of other streams waiting. */
  readonly multilineWait: number;
  readonly parse: Parse;
  /** Whether a line of the file is a line of the application, and not something that was wrapped around it. */
  readonly bare: boolean;
  readonly joiner: (() => Joiner) | undefined;
  readonly filter: Filter | undefined;
  /** Names of fields that a member of a JSON line cannot have, in JSON. */
  readonly taken: ReadonlySet<string>;
}

/** How far an overlong record came. Of one that is left out, no piece is shipped, and its ordinal stays 0. */
interface Overlong extends Piece {
  readonly leftOut: boolean;
}

/** Why an entry could not be written. */
type Unwritten = 'room' | 'group';

/**
 * Makes records of any format, by any rule, with any filter, for any sink.
 *
 *     lines → parse → parts of a line joined → lines of a record joined → filter → redact → write
 *
 * It keeps nothing of the bytes: each call begins at the first record that is not done with. Records come in the order of their first lines; where streams
 * interleave, lines of a record that was written may lie behind that place, and are remembered as done. After a kill those are read again, as records of
 * their own: such a line may arrive twice, and none is lost.
 *
 * A record that is longer than `LOGS_MAX_LINE` once its parts are joined, and a line of the file that is longer, go out in pieces. Filters judge such a record by
 * its first piece; redaction looks past the end of a piece before it cuts, so that no find of up to 1 KiB is cut in two.
 */
export class GeneralRecorder implements Recorder {
  holds = false;
  readonly #file: Followed;
  readonly #options: GeneralOptions;
  readonly #assembly: Assembly;
  readonly #writer: RecordWriter;
  readonly #done = new LinesDone();
  /** No record waits for more than so many bytes, from its first one on: the pump gives no more. */
  readonly #window: number;
  /** The overlong record that each stream is inside of. */
  readonly #overlong = new Map<string | undefined, Overlong>();
  /** True inside of an overlong line of the file itself. */
  #raw = false;
  #begun = false;
  /** What keeps other streams waiting, and since when. */
  #blocking = { what: '', since: 0 };
  /** When the bytes of the current call were read. */
  #time = '';

  constructor(file: Followed, format: Format, options: GeneralOptions) {
    const { maxLine, joiner, filter } = options;
    this.#file = file;
    this.#options = options;
    this.#window = Math.max(leastStretch, maxLine + 2);
    this.#writer = new RecordWriter(file.label, format);
    this.#assembly = new Assembly(maxLine, partsCut(filter?.redactor), joiner);
  }

  get group(): Uint8Array | undefined {
    return this.#writer.group;
  }

  set group(group: Uint8Array | undefined) {
    this.#writer.group = group;
  }

  /** Whether it remembers nothing of lines behind the place up to which it came: then another recorder may go on from there. */
  get settled(): boolean {
    return this.#done.settled && this.#overlong.size === 0 && !this.#raw;
  }

  record(stretch: Stretch, output: Buffer, at: number, end: number, progress: Progress): void {
    const { from, cursor, time } = stretch;
    Object.assign(progress, nothing);
    this.#time = time.toISOString();
    this.holds = false;
    this.#begin(cursor);
    this.#writer.begin(output, at, end);
    this.#done.begin(from, cursor.offset);
    this.#assembly.reset(this.#overlong);
    const isPiece = this.#options.bare ? cursor.piece !== undefined : this.#raw;
    progress.stop = isPiece ? this.#piece(stretch, progress) : this.#lines(stretch, progress);
    progress.written = this.#writer.written;
    if (progress.consumed > 0) progress.need = 0;
  }

  /** Makes records of lines. */
  #lines(stretch: Stretch, progress: Progress): Progress['stop'] {
    const { chunk, from, to } = stretch;
    const { bare, maxLine } = this.#options;
    const limit = Math.min(to, from + this.#window);
    let stop: Unwritten | undefined;
    let next = from;
    let found = chunk.indexOf(lf, next);
    while (stop === undefined && found >= 0 && found < limit && !(bare && found - next > maxLine)) {
      this.#feed(chunk, next, found > next && chunk[found - 1] === carriageReturn ? found - 1 : found, found + 1);
      next = found + 1;
      stop = this.#drain(progress);
      found = chunk.indexOf(lf, next);
    }
    const isLong = found >= 0 && found < limit ? found - next > maxLine : limit - next > maxLine;
    const isOverlong = bare ? isLong : next === from && limit - from >= this.#window;
    if (stop === undefined && isOverlong && next === from) return this.#piece(stretch, progress);
    stop ??= isOverlong ? this.#finish(progress) : this.#rest(stretch, next, limit, progress);

    this.#done.end();
    const [overlong] = this.#overlong.values();
    progress.consumed = this.#done.consumed;
    progress.piece = overlong && { lineStart: overlong.lineStart, ordinal: overlong.ordinal };
    if (stop !== undefined) return stop;
    this.holds = this.#assembly.entries.some(({ whole }) => whole);
    const goesOn = isOverlong || (progress.consumed > 0 && to > limit);
    return goesOn || from + progress.consumed === to ? 'end' : 'more';
  }

  /** Does what is to be done when all whole lines were read, and the rest begins at `next`. */
  #rest({ chunk, from, to, final, time }: Stretch, next: number, limit: number, progress: Progress): Unwritten | undefined {
    if (limit === to && final !== 'no') {
      if (final === 'line' && next < to) this.#feed(chunk, next, to, to);
      if (final === 'line') this.#assembly.endLines();
      return this.#finish(progress);
    }
    const isFull = to - from >= this.#window && this.#done.consumed === 0;
    if (isFull || this.#isBlocked(time.getTime())) this.#assembly.force();
    return this.#drain(progress);
  }

  /** Writes all that is whole, as no further line goes on with it. */
  #finish(progress: Progress): Unwritten | undefined {
    this.#assembly.endRecords();
    for (;;) {
      const stop = this.#drain(progress);
      if (stop !== undefined || !this.#assembly.entries.some(({ closed }) => closed)) return stop;
      this.#assembly.force();
    }
  }

  /** Takes the line `chunk[from, to)`, behind which the next one begins at `behind`. */
  #feed(chunk: Buffer, from: number, to: number, behind: number): void {
    const { bare, parse } = this.#options;
    const number = this.#done.add(behind);
    if (number === undefined) return;
    this.#assembly.feed(number, parse(chunk, from, to), bare ? Math.max(0, behind - 1 - to) : 0);
  }

  /** Writes the entries that are complete, up to the first that is not. */
  #drain(progress: Progress): Unwritten | undefined {
    const { entries } = this.#assembly;
    for (let entry = entries[0]; entry?.closed; entry = entries[0]) {
      const stop = this.#put(entry, progress);
      if (stop !== undefined) return stop;
      entries.shift();
      this.#done.done(entry.numbers);
    }
    return undefined;
  }

  /** Filters and writes an entry. */
  #put(entry: Entry, progress: Progress): Unwritten | undefined {
    const { filter } = this.#options;
    const { stream, first } = entry;
    const start = this.#done.place(entry.number);
    const overlong = entry.overlong
      ? (this.#overlong.get(stream) ?? { lineStart: start, ordinal: 0, leftOut: false })
      : undefined;
    let judged: Judged | undefined = { message: entry.message, text: first.text, repaired: 0 };
    if (filter !== undefined) {
      const place = overlong === undefined || overlong.ordinal === 0 ? `${this.#file.id}:${start}` : undefined;
      judged = overlong?.leftOut ? undefined : filter.judge(judged.message, judged.text, place);
    }
    if (judged === undefined) {
      if (entry.last) progress.filtered += 1;
      this.#goOn(entry, overlong && { ...overlong, leftOut: true });
      return undefined;
    }
    if (!this.#writer.enter(stream)) return 'group';
    const records = this.#recordsOf(entry, judged, overlong);
    if (!this.#writer.write(records, progress)) return 'room';
    progress.repaired += judged.repaired + entry.repaired;
    this.#goOn(entry, overlong && { ...overlong, ordinal: overlong.ordinal + records.length });
    return undefined;
  }

  /** What is to be written of an entry: several records where it is a stretch of an overlong one that is longer than a piece may be. */
  #recordsOf({ first, stream, last }: Entry, { message, text }: Judged, overlong: Overlong | undefined): LogRecord[] {
    const { maxLine, taken } = this.#options;
    const object = first.object && text !== undefined ? fieldsOf(text, taken) : undefined;
    const { label: file } = this.#file;
    const time = object?.time ?? first.time ?? this.#time;
    // what takes the place of the message in JSON has to have it
    const fields = (part: Buffer) =>
      first.attrs === undefined ? object?.fields : `"message":${JSON.stringify(decode(part).text)},"attrs":${first.attrs}`;
    if (overlong === undefined) return [{ file, time, stream, message, fields: fields(message), piece: undefined }];
    const parts = piecesOf(message, maxLine);
    return parts.map((part, index) => {
      const piece = this.#mark(overlong, index + 1, last && index === parts.length - 1);
      return { file, time, stream, message: part, fields: fields(part), piece };
    });
  }

  /** Notes how far an overlong record came. */
  #goOn({ stream, last }: Entry, overlong: Overlong | undefined): void {
    if (overlong === undefined) return;
    if (last) this.#overlong.delete(stream);
    else this.#overlong.set(stream, overlong);
  }

  /** Makes a record of the next piece of a line of the file that is overlong itself. */
  #piece(stretch: Stretch, progress: Progress): Progress['stop'] {
    const { bare, maxLine, filter, parse } = this.#options;
    const { chunk, from } = stretch;
    // the cursor may tell of an overlong record that is not this line
    const cursor = bare || this.#raw ? stretch.cursor : { offset: stretch.cursor.offset };
    const piece = nextPiece({ ...stretch, cursor }, { maxLine, window: this.#window, redactor: filter?.redactor });
    if (piece === undefined) return 'more';
    const { lineStart, ordinal, last } = piece;
    const isFirst = cursor.piece === undefined;
    let judged: Judged | undefined = { message: piece.message, text: undefined, repaired: 0 };
    if (filter !== undefined) {
      const isLeftOut = !isFirst && ordinal === 0;
      judged = isLeftOut
        ? undefined
        : filter.judge(piece.message, undefined, isFirst ? `${this.#file.id}:${lineStart}` : undefined);
    }
    if (judged !== undefined) {
      if (!this.#writer.enter(undefined)) return 'group';
      const time = (isFirst ? parse(chunk, from, from + piece.message.length).time : undefined) ?? this.#time;
      const mark = this.#mark(piece, 1, last);
      const record = { file: this.#file.label, time, stream: undefined, message: judged.message, fields: undefined, piece: mark };
      if (!this.#writer.write([record], progress)) return 'room';
      progress.repaired += judged.repaired;
    } else if (last) progress.filtered = 1;
    progress.consumed = piece.to - from;
    progress.piece = last ? undefined : { lineStart, ordinal: judged === undefined ? 0 : ordinal + 1 };
    this.#raw = !bare && !last;
    this.#overlong.clear();
    return 'end';
  }

  #mark({ lineStart, ordinal }: Piece, further: number, last: boolean): PieceMark {
    return { id: `${this.#file.id}:${lineStart}`, ordinal: ordinal + further, last };
  }

  /** Whether the first entry keeps others waiting for too long. */
  #isBlocked(now: number): boolean {
    const { entries } = this.#assembly;
    const [head] = entries;
    if (head === undefined || !entries.some(({ closed }) => closed)) return false;
    const what = `${this.#done.place(head.number)} ${head.lines.length}`;
    if (what !== this.#blocking.what) this.#blocking = { what, since: now };
    return now - this.#blocking.since > this.#options.multilineWait;
  }

  /** Finds out, at the first call, inside of what the cursor stands. */
  #begin({ piece }: Cursor): void {
    if (this.#begun) return;
    this.#begun = true;
    const { fd } = this.#file;
    if (piece === undefined || this.#options.bare || fd === undefined) return;
    const bytes = bytesAt(fd, piece.lineStart, this.#window);
    const line = Buffer.from(bytes.buffer, 0, bytes.length);
    const end = line.indexOf(lf);
    if (end < 0) this.#raw = true;
    else this.#overlong.set(this.#options.parse(line, 0, end).stream, { ...piece, leftOut: piece.ordinal === 0 });
  }
}
