import { isWithin } from './name-order.ts';

/** Names are gathered in pieces of this many bytes. */
const piece = 65_536;
/** The bytes before the rest of a name: how many it shares with the one before, and how many follow. */
const headBytes = 4;

/**
 * What has to be removed before a differential archive is unpacked over its base: the content of its last entry, `.sidekick-deleted`.
 * Names come in the order of a walk, and are kept as what they do not share with the name before: some 15 bytes each.
 * What is below a name that is removed is not kept, as it goes with it.
 */
export class DeletedNames {
  readonly #pieces: Buffer[] = [];
  #end = piece;
  #last: Buffer = Buffer.alloc(0);
  #count = 0;
  #size = 0;

  /** Adds a name, which has to come after those before it. */
  add(name: Buffer): void {
    if (this.#count > 0 && isWithin(name, this.#last)) return;
    let shared = 0;
    while (shared < name.length && name[shared] === this.#last[shared]) shared += 1;
    const rest = name.length - shared;
    if (this.#end + headBytes + rest > piece) {
      this.#pieces.push(Buffer.alloc(piece));
      this.#end = 0;
    }
    const current = this.#pieces.at(-1) ?? Buffer.alloc(0);
    current.writeUInt16LE(shared, this.#end);
    current.writeUInt16LE(rest, this.#end + 2);
    name.copy(current, this.#end + headBytes, shared);
    this.#end += headBytes + rest;
    this.#last = Buffer.from(name);
    this.#count += 1;
    this.#size += name.length + 1;
  }

  /** How many names are kept. */
  get count(): number {
    return this.#count;
  }

  /** How many bytes {@link content} gives. */
  get size(): number {
    return this.#size;
  }

  /** The names, each closed by a NUL, in chunks. */
  *content(): Generator<Buffer, void, undefined> {
    let last: Buffer = Buffer.alloc(0);
    for (const stored of this.#pieces) {
      const names: Buffer[] = [];
      for (let at = 0; at + headBytes <= piece; ) {
        const shared = stored.readUInt16LE(at);
        const rest = stored.readUInt16LE(at + 2);
        // no name is empty, and the rest of a piece is zero
        if (shared + rest === 0) break;
        last = Buffer.concat([last.subarray(0, shared), stored.subarray(at + headBytes, at + headBytes + rest)]);
        names.push(last, nul);
        at += headBytes + rest;
      }
      yield Buffer.concat(names);
    }
  }
}

const nul = Buffer.alloc(1);
