import type { Sighting } from '../discover/scan.ts';
import { beginning, type Cursor } from './cursor.ts';
import { type Ending, Inflated } from './inflated.ts';
import type { Ledger } from './ledger.ts';
import { fingerprint, headBytes, latin1, type Mark, tailBytes } from './mark.ts';

/** What a followed file is said to hold before its end is known: more than was read, whatever that is. */
export const unknownSize = Number.MAX_SAFE_INTEGER;

/** A place up to which a file was read that is not there any more. */
export interface Left {
  readonly mark: Mark;
  readonly cursor: Cursor;
  /** What the life is called that goes on. */
  readonly life?: string | undefined;
  /** Set where stretches of it are on their way. */
  readonly ledger?: Ledger | undefined;
}

/** A place that a compressed file may hold, because it may be what became of the file that held it. */
export interface Candidate extends Left {
  /** Set where that file is still open: it gives every byte itself, once it was read to its end. */
  readonly open?: { readonly unread: boolean };
}

/** Where to begin in the bytes of a compressed file. */
export interface Beginning extends Pick<Left, 'cursor' | 'life' | 'ledger'> {
  /** Its first up to 256 bytes, and the up to 64 before the cursor, one character each. */
  readonly head: string;
  readonly tail: string;
}

/** What is to be known of a compressed file. */
export interface CompressedFacts {
  /** The places that it may hold; asked for when it is looked into. */
  readonly candidates: () => Iterable<Candidate>;
  /** Where to begin where it holds none of them. */
  readonly otherwise: 'start' | 'end';
  /** Milliseconds for which it has to be as it is. */
  readonly linger: number;
}

const problems: Readonly<Record<Ending, string | undefined>> = {
  whole: undefined,
  short: 'is cut short: what could be read of it is shipped',
  broken: 'is damaged, or no gzip: what could be read of it is shipped',
};

/** Below this many bytes a place alone is no proof: two files may begin with the same banner. */
const tellingBytes = 64;

/**
 * A rotated file that was compressed with gzip. It is not looked into before it has been as it is for a while, as it may still be
 * written; then it is read from where its plain form was left, or not at all where that was read whole.
 */
export class Compressed {
  /** Set once it is known where to begin. */
  begun = false;
  /** What is wrong with it, where it was read to an end that is none. */
  problem: string | undefined;
  readonly #inflated: Inflated;
  readonly #facts: CompressedFacts;
  /** The compressed file as it was last seen, and since when it has been so, in milliseconds since 1970. */
  #size: number;
  #modified: number;
  #since = Date.now();

  constructor(fd: number, { size, modified }: Pick<Sighting, 'size' | 'modified'>, facts: CompressedFacts) {
    this.#inflated = new Inflated(fd);
    this.#size = size;
    this.#modified = modified;
    this.#facts = facts;
  }

  /** Bytes that it takes on the disk. */
  get size(): number {
    return this.#size;
  }

  /** When it was last written, as of when it was last seen, in milliseconds since 1970. */
  get modified(): number {
    return this.#modified;
  }

  /** Notes how the compressed file is. @returns whether it has changed: what was its end may be none now. */
  seen({ size, modified }: Pick<Sighting, 'size' | 'modified'>, now = Date.now()): boolean {
    if (size === this.#size && modified === this.#modified) return false;
    this.#size = size;
    this.#modified = modified;
    this.#since = now;
    this.close();
    return true;
  }

  /** Gives its memory back. */
  close(): void {
    this.#inflated.close();
  }

  /** Reads up to `buffer.length` bytes at `offset` of what it holds. @returns how many; fewer only at the end. @throws the system's error. */
  async read(buffer: Uint8Array, offset: number): Promise<number> {
    const count = await this.#inflated.read(buffer, offset);
    this.problem = problems[this.#inflated.ending ?? 'whole'];
    return count;
  }

  /** Whether nobody writes it any more, as far as can be told. gzip(1) gives it the time of its plain form when it is done. */
  isSettled(now = Date.now()): boolean {
    return now - Math.min(this.#since, this.#modified) >= this.#facts.linger;
  }

  /** Finds out where to begin. @returns undefined where that cannot be told yet. @throws the system's error. */
  async begin(): Promise<Beginning | undefined> {
    const head = await this.#bytesAt(0, headBytes);
    const possible = [...this.#facts.candidates()]
      .filter(({ mark, open }) => (open?.unread ? mark.headLength > 0 : mark.offset > 0) && holdsHead(head, mark))
      .sort((a, b) => a.mark.offset - b.mark.offset);
    // what is still to be read in plain cannot be told apart from another file with the same first bytes
    if (possible.some(({ open }) => open?.unread)) return undefined;
    let found: Beginning | undefined;
    let isRead = false;
    for (const { mark, cursor, life, ledger, open } of possible) {
      const length = Math.min(tailBytes, mark.offset);
      const tail = await this.#bytesAt(mark.offset - length, length);
      if (tail.length < length || fingerprint(tail) !== mark.tail) continue;
      const ends = (await this.#bytesAt(mark.offset, 1)).length === 0;
      if (mark.offset < tellingBytes && !ends) continue;
      found = { cursor, head: latin1(head), tail: latin1(tail), life, ledger };
      isRead ||= open !== undefined;
    }
    this.begun = true;
    if (isRead || (found === undefined && this.#facts.otherwise === 'end')) return this.#end(latin1(head));
    return found ?? { cursor: beginning, head: latin1(head), tail: '' };
  }

  /** Begins at the end: none of it is read. */
  async #end(head: string): Promise<Beginning> {
    const buffer = Buffer.alloc(64 * 1024);
    let offset = 0;
    let count = 0;
    do {
      count = await this.read(buffer, offset);
      offset += count;
    } while (count === buffer.length);
    const length = Math.min(tailBytes, offset);
    return { cursor: { offset }, head, tail: latin1(await this.#bytesAt(offset - length, length)) };
  }

  async #bytesAt(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    return bytes.slice(0, await this.read(bytes, offset));
  }
}

function holdsHead(head: Uint8Array, mark: Mark): boolean {
  return head.length >= mark.headLength && fingerprint(head.subarray(0, mark.headLength)) === mark.head;
}
