import { read } from 'node:fs';
import { promisify } from 'node:util';
import { createGunzip, type Gunzip } from 'node:zlib';

const readAsync = promisify(read);

/** Compressed bytes that are taken at a time: what comes of them is in memory, at most a thousand times as much. */
const step = 16 * 1024;

/** How a gzip ends: as it should, before its end, or with bytes that are none. */
export type Ending = 'whole' | 'short' | 'broken';

/**
 * The bytes inside of a gzip of one or several members (RFC 1952), by their offsets. It is read forwards; a place before the last
 * one that was asked for is reached from the start again.
 */
export class Inflated {
  readonly #fd: number;
  #gunzip: Gunzip | undefined;
  /** Compressed bytes that were taken. */
  #taken = 0;
  /** What was made of them and may still be asked for, and the offset at which it begins. */
  #pieces: Buffer[] = [];
  #start = 0;
  #length = 0;
  #ending: Ending | undefined;
  #stepped: (() => void) | undefined;

  /** @param fd stays open for as long as this is read. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** How it ends, once it was read that far. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Reads up to `buffer.length` bytes at `offset`. @returns how many; fewer only at the end. @throws the system's error. */
  async read(buffer: Uint8Array, offset: number): Promise<number> {
    if (offset < this.#start) this.close();
    this.#forgetBefore(offset);
    while (this.#start + this.#length < offset + buffer.length && this.#ending === undefined) {
      await this.#step();
      this.#forgetBefore(offset);
    }
    let count = 0;
    let skip = offset - this.#start;
    for (const piece of this.#pieces) {
      const part = piece.subarray(skip, skip + buffer.length - count);
      buffer.set(part, count);
      count += part.length;
      skip = Math.max(0, skip - piece.length);
    }
    return count;
  }

  /** Gives its memory back; the next read, and one that is under way, begins at the start. */
  close(): void {
    const gunzip = this.#gunzip;
    this.#gunzip = undefined;
    gunzip?.close();
    this.#taken = this.#start = this.#length = 0;
    this.#pieces = [];
    this.#ending = undefined;
    this.#stepped?.();
  }

  /** Takes some more compressed bytes. */
  async #step(): Promise<void> {
    this.#gunzip ??= this.#open();
    const gunzip = this.#gunzip;
    const input = Buffer.allocUnsafe(step);
    const { bytesRead } = await readAsync(this.#fd, input, 0, step, this.#taken);
    // begun again meanwhile
    if (this.#gunzip !== gunzip) return;
    this.#taken += bytesRead;
    await new Promise<void>((resolve) => {
      this.#stepped = resolve;
      if (bytesRead > 0) gunzip.write(input.subarray(0, bytesRead), () => resolve());
      else gunzip.end();
    });
  }

  #open(): Gunzip {
    const gunzip = createGunzip();
    gunzip.on('data', (piece: Buffer) => {
      if (this.#gunzip !== gunzip) return;
      this.#pieces.push(piece);
      this.#length += piece.length;
    });
    const end = (ending: Ending) => {
      if (this.#gunzip === gunzip) this.#ending ??= ending;
      this.#stepped?.();
    };
    // zeros behind the last member end it before all bytes were taken, of which nobody is told
    gunzip.on('end', () => end('whole'));
    gunzip.on('error', ({ code }: NodeJS.ErrnoException) => end(code === 'Z_BUF_ERROR' ? 'short' : 'broken'));
    return gunzip;
  }

  #forgetBefore(offset: number): void {
    for (let first = this.#pieces[0]; first !== undefined && this.#start + first.length <= offset; first = this.#pieces[0]) {
      this.#pieces.shift();
      this.#start += first.length;
      this.#length -= first.length;
    }
  }
}
