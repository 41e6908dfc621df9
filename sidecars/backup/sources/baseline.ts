import type { ByteSource } from '../bytes.ts';
import type { IndexLine } from './index-line.ts';
import { IndexReader } from './index-reader.ts';
import type { IndexRecord } from './index-record.ts';
import { compareNames, isWithin } from './name-order.ts';

/** Who hears of the names of the parent that the walk did not come by. */
export interface PassedOver {
  /** It is gone. */
  readonly onDeleted: (name: Buffer) => void;
  /** It may still be there, but could not be looked at this time: what the parent has of it stays valid. */
  readonly onSpared: (line: IndexLine) => Promise<void> | undefined;
}

/** The index of the full backup that a differential one is compared with, read in step with the walk. */
export class Baseline {
  readonly #reader: IndexReader;
  readonly #passedOver: PassedOver;
  #spared: Buffer | undefined;

  /** @param index its plain bytes. */
  constructor(index: ByteSource, passedOver: PassedOver) {
    this.#reader = new IndexReader(index);
    this.#passedOver = passedOver;
  }

  /**
   * The parent's line of a name, or undefined where it had none. Names are asked for in the order of the walk; those before that were not
   * asked for are passed over.
   * @param described the entry by {@link describeEntry}: one that did not change is found without reading its line, and without a promise.
   * @throws IndexError; what the source throws.
   */
  find(name: Buffer, described: string): IndexLine | undefined | Promise<IndexLine | undefined> {
    const line = this.#reader.ahead;
    if (!line?.tellsOf(described)) return this.#search(name);
    this.#reader.skip();
    return line;
  }

  /** This name, and what is below it, could not be looked at: what the parent has of it is not deleted. Call it before the next {@link find}. */
  spare(name: Buffer): void {
    this.#spared = Buffer.from(name);
  }

  /** The walk is over: what is left is passed over. @throws IndexError; what the source throws. */
  async rest(): Promise<void> {
    for (let line = await this.#reader.peek(); line !== undefined; line = await this.#reader.peek()) await this.#pass(line);
  }

  /** Lets go of the index. */
  async close(): Promise<void> {
    await this.#reader.close();
  }

  async #search(name: Buffer): Promise<IndexLine | undefined> {
    for (let line = await this.#reader.peek(); line !== undefined; line = await this.#reader.peek()) {
      const order = compareNames(line.record.name, name);
      if (order > 0) return undefined;
      if (order === 0) {
        this.#reader.skip();
        return line;
      }
      await this.#pass(line);
    }
    return undefined;
  }

  async #pass(line: IndexLine): Promise<void> {
    this.#reader.skip();
    const { name } = line.record;
    if (this.#spared !== undefined && isWithin(name, this.#spared)) await this.#passedOver.onSpared(line);
    else this.#passedOver.onDeleted(name);
  }
}

/**
 * Whether what the parent has under a name has to be removed before the entry of today is put there: it is of another type.
 * A file and a further name of one are the same to who unpacks.
 */
export function replaces(today: Pick<IndexRecord, 'type'>, parent: Pick<IndexRecord, 'type'>): boolean {
  const kind = ({ type }: Pick<IndexRecord, 'type'>) => (type === 'hardlink' ? 'file' : type);
  return kind(today) !== kind(parent);
}
