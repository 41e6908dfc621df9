/** How many characters are put together as a string before they become bytes: V8 throws strings away cheaply as long as they are young. */
const batch = 8192;

/** UTF-8 takes at most so many bytes for each unit of a string. */
const bytesPerUnit = 3;

/**
 * Lines of text that become UTF-8 as they are written. One long string of them, put together of thousands of small ones, would outlive the
 * young generation of V8, whose 1 MB in our images is less than 10,000 series need: then each of its pieces is moved twice.
 */
export class Lines {
  #bytes: Buffer;
  #length = 0;
  #waiting = '';
  #heading = '';

  /** @param memory to write to, whatever is in it; where it is too short, other memory takes its place */
  constructor(memory: ArrayBufferLike = new ArrayBuffer(0)) {
    this.#bytes = Buffer.from(memory);
  }

  /** What goes before the next line, in the place of a heading that no line came for. */
  head(lines: string): void {
    this.#heading = lines;
  }

  /** @param line with the newline that ends it; several of them are as good */
  write(line: string): void {
    if (this.#heading !== '') {
      this.#waiting += this.#heading;
      this.#heading = '';
    }
    this.#waiting += line;
    if (this.#waiting.length >= batch) this.#settle();
  }

  /** All that was written, at the beginning of memory that is the caller's from now on. The lines are empty then. */
  take(): Uint8Array {
    this.#settle();
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    this.#heading = '';
    return taken;
  }

  #settle(): void {
    const most = this.#length + this.#waiting.length * bytesPerUnit;
    if (most > this.#bytes.length) {
      const more = Buffer.allocUnsafeSlow(most * 2);
      this.#bytes.copy(more, 0, 0, this.#length);
      this.#bytes = more;
    }
    this.#length += this.#bytes.write(this.#waiting, this.#length);
    this.#waiting = '';
  }
}
