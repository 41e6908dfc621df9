import { type Dir, opendirSync, readdirSync } from 'node:fs';

/**
 * The names in a folder, ascending by bytes; each byte is one character (latin1), as not every file system has UTF-8,
 * and a string of such characters is sorted and joined far sooner than a Buffer.
 */
export interface FolderNames {
  /** The next name, or undefined after the last one. */
  next(): string | undefined;
}

/** A folder whose own size says more may have thousands of names: 64 KiB are some 2000 on ext4, 3000 on tmpfs, 65 536 on ZFS. */
const large = 65_536;

/**
 * Reads the names of a folder and sorts them. What is large is packed, at some 4 bytes and the name itself for each, where the strings
 * of a million names would be 120 MB.
 * @param size of the folder itself, in bytes.
 * @throws the system's error.
 */
export function readFolder(path: Buffer, size: number): FolderNames {
  return size > large ? new PackedNames(path) : new ListedNames(readdirSync(path, { encoding: 'latin1' }));
}

class ListedNames implements FolderNames {
  readonly #names: readonly string[];
  #at = 0;

  constructor(names: string[]) {
    // by code units, which here are bytes
    this.#names = names.sort();
  }

  next(): string | undefined {
    const name = this.#names[this.#at];
    this.#at += 1;
    return name;
  }
}

/** A name is at most 255 bytes (NAME_MAX), so that one and its closing NUL fit in the rest of a segment or begin the next. */
const segmentBits = 20;
const segmentBytes = 2 ** segmentBits;
const withinSegment = segmentBytes - 1;

/** Names one after the other, each closed by a NUL, in segments of 1 MiB; sorted are only the places where they begin. */
class PackedNames implements FolderNames {
  readonly #segments: Buffer[] = [];
  #end = 0;
  #places = new Uint32Array(4096);
  #count = 0;
  #at = 0;

  constructor(path: Buffer) {
    const folder = opendirSync(path, { encoding: 'latin1', bufferSize: 1024 });
    try {
      this.#read(folder);
    } finally {
      folder.closeSync();
    }
    const segments = this.#segments;
    this.#places.subarray(0, this.#count).sort((a, b) => {
      const one = segments[a >>> segmentBits];
      const other = segments[b >>> segmentBits];
      for (let i = a & withinSegment, k = b & withinSegment; ; i += 1, k += 1) {
        const byte = one?.[i] ?? 0;
        const difference = byte - (other?.[k] ?? 0);
        if (difference !== 0 || byte === 0) return difference;
      }
    });
  }

  next(): string | undefined {
    if (this.#at === this.#count) return undefined;
    const place = this.#places[this.#at] ?? 0;
    this.#at += 1;
    const segment = this.#segments[place >>> segmentBits];
    const start = place & withinSegment;
    return segment?.toString('latin1', start, segment.indexOf(0, start));
  }

  #read(folder: Dir): void {
    for (let found = folder.readSync(); found !== null; found = folder.readSync()) {
      const { name } = found;
      let segment = this.#segments.at(-1);
      if (segment === undefined || this.#end + name.length >= segmentBytes) {
        segment = Buffer.allocUnsafeSlow(segmentBytes);
        this.#segments.push(segment);
        this.#end = 0;
      }
      if (this.#count === this.#places.length) {
        const larger = new Uint32Array(this.#count * 2);
        larger.set(this.#places);
        this.#places = larger;
      }
      this.#places[this.#count] = (this.#segments.length - 1) * segmentBytes + this.#end;
      this.#count += 1;
      this.#end += segment.write(name, this.#end, 'latin1');
      segment[this.#end] = 0;
      this.#end += 1;
    }
  }
}
