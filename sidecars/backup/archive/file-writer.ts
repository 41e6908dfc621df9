import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Attributes } from './attributes.ts';
import type { Header } from './header.ts';
import type { OpenFolder } from './open-folders.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** A file that is being restored. It is new, so that nothing is written through a link. */
export class FileWriter {
  readonly #fd: number;
  readonly #header: Header;
  readonly #attributes: Attributes;
  readonly #folder: OpenFolder;
  /** Of a sparse file: in which stretch the next bytes go, and how much of it is written. */
  #stretch = 0;
  #within = 0;

  /** @param folder which it is made in. @throws the system's error, EEXIST where something has the name. */
  constructor(path: Buffer, header: Header, attributes: Attributes, folder: OpenFolder) {
    this.#fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, header.mode & 0o777);
    this.#header = header;
    this.#attributes = attributes;
    this.#folder = folder;
  }

  get name(): Buffer {
    return this.#header.name;
  }

  /** Writes the next bytes of its content. @throws the system's error */
  write(bytes: Buffer): void {
    const { stretches } = this.#header;
    if (stretches === undefined) {
      writeAll(this.#fd, bytes, null);
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      const stretch = stretches[this.#stretch];
      if (stretch === undefined) throw new RangeError('there is more content than the map of the file says');
      const length = Math.min(bytes.length - at, stretch.length - this.#within);
      writeAll(this.#fd, bytes.subarray(at, at + length), stretch.offset + this.#within);
      at += length;
      this.#within += length;
      if (this.#within < stretch.length) continue;
      this.#stretch += 1;
      this.#within = 0;
    }
  }

  /** Gives it its length and its attributes, and closes it. @throws the system's error */
  finish(): void {
    try {
      // a hole at its end has to be made, too
      if (this.#header.stretches !== undefined) ftruncateSync(this.#fd, this.#header.size);
      this.#attributes.ofNewFile(this.#fd, this.#header, this.#folder);
    } finally {
      this.close();
    }
  }

  /** Closes it as it is. */
  close(): void {
    closeSync(this.#fd);
  }
}

function writeAll(fd: number, bytes: Buffer, position: number | null): void {
  for (let at = 0; at < bytes.length; )
    at += writeSync(fd, bytes, at, bytes.length - at, position === null ? null : position + at);
}
