import type { Joiner } from './multiline/joiner.ts';
import { lineClass } from './multiline/joiner.ts';
import type { Line } from './parse/line.ts';

const newline = Buffer.from('\n');

/** Lines that become one record, or a stretch of one that is overlong. */
export class Entry {
  readonly stream: string | undefined;
  /** The lines of the file that it is made of, by number. */
  readonly numbers: number[] = [];
  readonly lines: Line[] = [];
  /** Bytes of its message, with those of line ends that were left out of it. */
  size = 0;
  /** It ends where a line of the application ends, */
  whole = false;
  /** and no further line goes on with it. */
  closed = false;
  /** It is a stretch of an overlong record; whether it is the last one of it. */
  overlong = false;
  last = true;
  readonly #message: Buffer[] = [];

  constructor(stream: string | undefined) {
    this.stream = stream;
  }

  /** Its message. */
  get message(): Buffer {
    const [first] = this.#message;
    return first !== undefined && this.#message.length === 1 ? first : Buffer.concat(this.#message);
  }

  /** What its lines have together. @throws Error where it has none. */
  get first(): Line {
    const [line] = this.lines;
    if (line === undefined) throw new Error('an entry without a line');
    return line;
  }

  /** Ill-formed UTF-8 sequences that are U+FFFD in its lines. */
  get repaired(): number {
    let count = 0;
    for (const { repaired = 0 } of this.lines) count += repaired;
    return count;
  }

  /** The number of its first line. */
  get number(): number {
    return this.numbers[0] ?? 0;
  }

  /** Goes on with a line that goes on with the last one; `dropped` bytes of its line end are not in its message. */
  add(number: number, line: Line, dropped = 0): void {
    this.numbers.push(number);
    this.lines.push(line);
    this.#message.push(line.message);
    this.size += line.message.length + dropped;
  }

  /** Goes on with the lines of another entry, as a line of its own. */
  append(other: Entry): void {
    this.#message.push(newline);
    const size = this.size + 1 + other.size;
    other.numbers.forEach((number, index) => {
      this.add(number, other.lines[index] as Line);
    });
    this.size = size;
  }
}

/**
 * Tells where to end a stretch of an overlong record: behind how many of its parts. Where its next part is known, that may be none, as there is no good place yet;
 * it is asked again with that part too. Where it is not, the stretch has to end somewhere.
 */
export type PartsCut = (parts: readonly Buffer[], next: Buffer | undefined) => number;

/** One stream of a file. */
interface Stream {
  readonly joiner: Joiner | undefined;
  /** What was whole so far, and may go on with further lines. */
  record: Entry | undefined;
  /** The line that is not whole yet. */
  line: Entry | undefined;
  /** A stretch of that line was taken away. */
  overlong: boolean;
}

/**
 * Puts together what belongs to one record: lines that were cut in parts by the container runtime, and then lines of several that are one, each stream for itself.
 * The entries stand in the order of their first lines.
 *
 *     line → parts of a line joined → lines of a record joined → entry
 */
export class Assembly {
  readonly entries: Entry[] = [];
  readonly #maxLine: number;
  readonly #cut: PartsCut;
  readonly #joiner: (() => Joiner) | undefined;
  readonly #streams = new Map<string | undefined, Stream>();

  constructor(maxLine: number, cut: PartsCut, joiner: (() => Joiner) | undefined) {
    this.#maxLine = maxLine;
    this.#cut = cut;
    this.#joiner = joiner;
  }

  /** Forgets all, but that the current lines of some streams are overlong. */
  reset(overlong: ReadonlyMap<string | undefined, unknown>): void {
    this.entries.length = 0;
    for (const [name, stream] of this.#streams) {
      stream.record = stream.line = undefined;
      stream.overlong = overlong.has(name);
    }
    for (const name of overlong.keys()) this.#stream(name).overlong = true;
  }

  /** Takes the next line of the file, of whose line end a CR was left out or none. */
  feed(number: number, line: Line, dropped: number): void {
    const stream = this.#stream(line.stream);
    while (stream.line !== undefined && stream.line.size + line.message.length > this.#maxLine) {
      if (!this.#take(stream, line.message)) break;
    }
    const entry = stream.line ?? this.#enter(new Entry(line.stream));
    entry.add(number, line, dropped);
    stream.line = line.partial ? entry : undefined;
    if (!line.partial) this.#complete(stream, entry);
  }

  /** Says that no further line goes on with any record. */
  endRecords(): void {
    for (const stream of this.#streams.values()) close(stream);
  }

  /** Says that nothing follows at all. */
  endLines(): void {
    for (const stream of this.#streams.values()) {
      const { line } = stream;
      stream.line = undefined;
      if (line !== undefined) this.#complete(stream, line);
      close(stream);
    }
  }

  /** Ends the first entry, whatever would go on with it: of a line that is not whole, as much is taken as there is. */
  force(): void {
    const [first] = this.entries;
    if (first === undefined) return;
    const stream = this.#stream(first.stream);
    if (stream.line === first) this.#take(stream, undefined);
    else close(stream);
  }

  /** A whole line of the application is there. */
  #complete(stream: Stream, entry: Entry): void {
    const { joiner, record } = stream;
    entry.whole = true;
    if (stream.overlong || entry.size > this.#maxLine) {
      close(stream);
      entry.overlong = entry.closed = true;
      stream.overlong = false;
      return;
    }
    if (joiner === undefined || entry.first.object) {
      close(stream);
      entry.closed = true;
      return;
    }
    const { message } = entry;
    if (record !== undefined && record.size + 1 + entry.size <= this.#maxLine && goesOn(joiner, message)) {
      record.append(entry);
      this.entries.splice(this.entries.lastIndexOf(entry), 1);
      return;
    }
    close(stream);
    joiner.begin?.(message, 0, message.length);
    stream.record = entry;
  }

  /** Makes a stretch of an overlong record of a line that is not whole yet. @returns whether there is a place to end it. */
  #take(stream: Stream, next: Buffer | undefined): boolean {
    const { line } = stream;
    if (line === undefined) return false;
    const count = this.#cut(
      line.lines.map(({ message }) => message),
      next,
    );
    if (count === 0) return false;
    close(stream);
    const taken = new Entry(line.stream);
    const rest = new Entry(line.stream);
    line.lines.forEach((part, index) => {
      (index < count ? taken : rest).add(line.numbers[index] as number, part);
    });
    taken.overlong = taken.closed = true;
    taken.last = false;
    this.entries[this.entries.lastIndexOf(line)] = taken;
    stream.overlong = true;
    stream.line = rest.lines.length > 0 ? this.#enter(rest) : undefined;
    return true;
  }

  /** Puts an entry where its first line tells. */
  #enter(entry: Entry): Entry {
    let at = this.entries.length;
    // one that has no line yet gets the newest
    if (entry.lines.length > 0) while (at > 0 && (this.entries[at - 1] as Entry).number > entry.number) at -= 1;
    this.entries.splice(at, 0, entry);
    return entry;
  }

  #stream(name: string | undefined): Stream {
    return this.#streams.getOrInsertComputed(name, () => ({
      joiner: this.#joiner?.(),
      record: undefined,
      line: undefined,
      overlong: false,
    }));
  }
}

function close(stream: Stream): void {
  if (stream.record !== undefined) stream.record.closed = true;
  stream.record = undefined;
}

function goesOn(joiner: Joiner, message: Buffer): boolean {
  const what = message.length === 0 ? joiner.empty : joiner.classes[message[0] as number];
  return what === lineClass.goesOn || (what === lineClass.ask && joiner.goesOn(message, 0, message.length));
}
