import type { ByteSink } from '../bytes.ts';
import { type IndexLine, indexEnd, indexHead } from './index-line.ts';
import { type Described, describeEntry, describePlace, type Place } from './index-record.ts';

/** Lines are gathered up to this many bytes before they go on. */
const block = 65_536;

/**
 * How long a change may be followed by another one at what the file system calls the same time, in milliseconds. Local ones count in ticks of
 * the kernel, which are 10 ms at most, some others in seconds.
 */
const tick = 2000;

/** Writes the index of a backup: a line for each name that was there, in the order of the walk. */
export class IndexWriter {
  readonly #sink: ByteSink;
  #lines: string[] = [indexHead];
  #bytes = 0;
  #count = 0;
  readonly #now: () => number;

  constructor(sink: ByteSink, now: () => number = Date.now) {
    this.#sink = sink;
    this.#now = now;
  }

  /**
   * Adds an entry that was just looked at. One that changed a moment ago may change again without a trace: its change time is written as 0, so
   * that the next backup does not find it unchanged.
   * @param described the entry by {@link describeEntry}, where that is there already.
   * @returns what to wait for, where there is something: most lines are only gathered, and a promise for each costs more than the line.
   */
  add(entry: Described, place: Place, described = describeEntry(entry)): Promise<void> | undefined {
    const settled = entry.ctimeNs < BigInt(this.#now() - tick) * 1_000_000n;
    const text = settled ? described : describeEntry({ ...entry, ctimeNs: 0n });
    return this.#push(`${text}\t${describePlace(place)}`);
  }

  /** Adds an entry that did not change, by its line in the parent's index; returns as {@link add} does. */
  inherit(line: IndexLine): Promise<void> | undefined {
    return this.#push(line.inherited().text);
  }

  /** Closes the index, and the sink. */
  async end(): Promise<void> {
    this.#lines.push(`${indexEnd}${this.#count}`);
    await this.#flush();
    await this.#sink.end();
  }

  #push(text: string): Promise<void> | undefined {
    this.#lines.push(text);
    this.#bytes += text.length + 1;
    this.#count += 1;
    return this.#bytes < block ? undefined : this.#flush();
  }

  #flush(): Promise<void> {
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    this.#bytes = 0;
    return this.#sink.write(Buffer.from(text, 'latin1'));
  }
}
