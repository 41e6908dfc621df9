import { type IndexRecord, parseRecord } from './index-record.ts';

/** The first line of an index. A reader refuses another version. */
export const indexHead = 'sidekick-index 1';

/** What the last line begins with, before the number of records. An index without that line was cut. */
export const indexEnd = 'end\t';

/** A line of an index. It is read only where somebody asks: most lines are compared as they are, and found unchanged. */
export class IndexLine {
  /** Its characters are the bytes (latin1). */
  readonly text: string;
  #record: IndexRecord | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** What it says. @throws IndexError where it is no record. */
  get record(): IndexRecord {
    this.#record ??= parseRecord(this.text);
    return this.#record;
  }

  /** Whether it says all of an entry that {@link describeEntry} described so: it did not change. */
  tellsOf(described: string): boolean {
    return this.text.startsWith(described) && this.text[described.length] === '\t';
  }

  /** The line of the same entry in a later index, where it did not change: it stays in the archive of the parent. */
  inherited(): IndexLine {
    const place = this.text.lastIndexOf('\t', this.text.lastIndexOf('\t') - 1) + 1;
    return new IndexLine(this.text.slice(0, place) + this.text.slice(place).replace(/^here/, 'parent'));
  }
}
