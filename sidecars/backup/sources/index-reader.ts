import type { ByteSource } from '../bytes.ts';
import { IndexLine, indexEnd, indexHead } from './index-line.ts';
import { IndexError, type IndexRecord } from './index-record.ts';
import { compareNames } from './name-order.ts';

/** No line is longer: a name and a target are at most 4096 bytes each (PATH_MAX), and three times that where all are escaped. */
const longest = 32_768;

/** Reads the lines of an index one after the other. */
export class IndexReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #text = '';
  #at = 0;
  #next: IndexLine | undefined;
  #count = 0;
  #begun = false;
  #ended = false;

  constructor(source: ByteSource) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /**
   * The next line, as long as it is in what was read already: a promise for each line costs more than the line.
   * @throws IndexError where the index is damaged or of another version.
   */
  get ahead(): IndexLine | undefined {
    this.#next ??= this.#take();
    return this.#next;
  }

  /**
   * The next line, or undefined after the last one. It stays the next one until {@link skip}.
   * @throws IndexError where the index is cut, damaged or of another version; what its source throws.
   */
  async peek(): Promise<IndexLine | undefined> {
    while (this.ahead === undefined && (await this.#more()));
    return this.#next;
  }

  /** Goes on to the line after the next one. */
  skip(): void {
    this.#next = undefined;
  }

  /** Lets go of the source, also where it was not read to its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #take(): IndexLine | undefined {
    const text = this.#cut();
    if (text === undefined) return undefined;
    if (!this.#begun) {
      this.#begin(text);
      return this.#take();
    }
    if (text.startsWith(indexEnd)) {
      this.#end(text);
      return undefined;
    }
    this.#count += 1;
    return new IndexLine(text);
  }

  /** Reads on; false after the last line. */
  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) {
      if (this.#ended) return false;
      throw new IndexError(`the index is cut: it ends after ${this.#count} records, without its last line`);
    }
    if (this.#ended && next.value.length > 0) throw new IndexError('the index has something behind its last line');
    const rest = this.#text.slice(this.#at);
    if (rest.length > longest) throw new IndexError(`the index is damaged: record ${this.#count + 1} has no end`);
    const { buffer, byteOffset, byteLength } = next.value;
    this.#text = rest + Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
    this.#at = 0;
    return true;
  }

  #cut(): string | undefined {
    const end = this.#text.indexOf('\n', this.#at);
    if (end === -1) return undefined;
    const text = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return text;
  }

  #begin(text: string): void {
    if (text !== indexHead) {
      const version = /^sidekick-index (\d+)$/.exec(text)?.[1];
      throw new IndexError(
        version === undefined
          ? 'this is no index of a backup'
          : `the index has version ${version}; read it with the sidecar that wrote it, or with a newer one`,
      );
    }
    this.#begun = true;
  }

  #end(text: string): void {
    this.#ended = true;
    if (text !== `${indexEnd}${this.#count}`)
      throw new IndexError(`the index is damaged: it has ${this.#count} records, and says ${text.slice(indexEnd.length)}`);
    if (this.#at !== this.#text.length) throw new IndexError('the index has something behind its last line');
  }
}

/**
 * All records of an index, in the order of the walk.
 * @throws IndexError where it is cut, damaged, out of order or of another version.
 */
export async function* readIndex(source: ByteSource): AsyncGenerator<IndexRecord, void, undefined> {
  const reader = new IndexReader(source);
  let last: Buffer | undefined;
  try {
    for (let line = await reader.peek(); line !== undefined; line = reader.ahead ?? (await reader.peek())) {
      const { record } = line;
      if (last !== undefined && compareNames(last, record.name) >= 0)
        throw new IndexError(`the index is damaged: ${record.name} is out of order`);
      last = record.name;
      reader.skip();
      yield record;
    }
  } finally {
    await reader.close();
  }
}
