import type { ByteSource } from '../bytes.ts';
import { IndexReader } from './index-reader.ts';
import { compareNames } from './name-order.ts';

/**
 * Which entries of a full archive a restore takes, where a differential backup is restored: those that its index says are in the parent.
 * The index is read in step with the archive, and only the names are remembered that come once more at the end of the archive.
 */
export class Selection {
  readonly #reader: IndexReader;
  #last: Buffer | undefined;
  /** What changed while the full backup read it: its later entry counts. */
  readonly #again = new Set<string>();

  /** @param index of the differential backup, its plain bytes. */
  constructor(index: ByteSource) {
    this.#reader = new IndexReader(index);
  }

  /**
   * Whether the restore takes this entry of the full archive. Names are asked for as they come in the archive: in the order of the walk, and
   * after them those that it has once more. Of such a name both entries are wanted: the later one replaces the earlier.
   * @throws IndexError; what the source throws.
   */
  async wants(name: Buffer): Promise<boolean> {
    if (this.#last !== undefined && compareNames(name, this.#last) <= 0) return this.#again.has(name.toString('latin1'));
    this.#last = name;
    for (let line = await this.#reader.peek(); line !== undefined; line = await this.#reader.peek()) {
      const { record } = line;
      const order = compareNames(record.name, name);
      if (order > 0) return false;
      this.#reader.skip();
      if (order < 0) continue;
      if (record.stored === 'parent' && record.again) this.#again.add(name.toString('latin1'));
      return record.stored === 'parent';
    }
    return false;
  }

  /** Lets go of the index. */
  async close(): Promise<void> {
    await this.#reader.close();
  }
}
