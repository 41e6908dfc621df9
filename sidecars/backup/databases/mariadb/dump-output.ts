import type { TableRow } from './catalogue.ts';

/** How a dump that is whole ends. */
const last = /\n-- Dump completed(?: on [^\n]*)?\n$/;
/** What is written once the transaction has begun: the place in the log, or what the first of the database's own things is. */
const begun =
  /^-- (?:CHANGE MASTER TO|(?:Sequence|Table|Temporary table|Temporary view) structure for|Dumping (?:data|events|routines) for|Dump completed)/m;
const heading = '\n-- Dumping data for table `';
/** How much of the end is kept for what two pieces share, in bytes: a heading with the longest name. */
const kept = 1024;

/** Whether what came of a dump so far was written in its transaction. */
export function hasBegun(head: string): boolean {
  return begun.test(head);
}

/** Reads along with a dump: how far it is, told by the headings of tables, each counted with its size on the server; and whether it is whole. */
export class DumpOutput {
  /** Bytes of all tables. */
  readonly total: number;
  readonly #sizes: ReadonlyMap<string, number>;
  #done = 0;
  #size = 0;
  #read = 0;
  #rest = Buffer.alloc(0);

  constructor(tables: readonly TableRow[]) {
    this.#sizes = new Map(tables.map(({ name, bytes }) => [name, bytes]));
    this.total = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether the last line is that of a whole dump. */
  get whole(): boolean {
    return last.test(this.#rest.toString('latin1'));
  }

  /** How many bytes of the tables are read, about. */
  get bytes(): number {
    return Math.min(this.total, this.#done + Math.min(this.#size, this.#read));
  }

  /** The next piece of the dump. */
  see(chunk: Uint8Array): void {
    this.#read += chunk.length;
    const text = Buffer.concat([this.#rest, chunk]);
    for (let at = text.indexOf(heading); at >= 0; at = text.indexOf(heading, at + 1)) {
      const end = text.indexOf('`\n', at + heading.length);
      if (end < 0) break;
      // one that ends in what was kept was seen before
      if (end + 2 > this.#rest.length) this.#next(text.toString('utf8', at + heading.length, end));
    }
    this.#rest = Buffer.from(text.subarray(-kept));
  }

  #next(table: string): void {
    this.#done += this.#size;
    this.#size = this.#sizes.get(table.replaceAll('``', '`')) ?? 0;
    this.#read = 0;
  }
}
