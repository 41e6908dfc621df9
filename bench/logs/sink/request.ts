/** What is told of each request of a connection. */
export interface RequestEvents {
  /** The request line and the fields, without the empty line. */
  readonly head: (head: string) => void;
  /** A part of the body, as it was sent, without the framing of chunks. It is to be copied where it is kept. */
  readonly body: (part: Buffer) => void;
  readonly end: () => void;
}

const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = Buffer.from('\r\n');
const none = Buffer.alloc(0);

/**
 * Reads requests of HTTP/1.1 from a connection (RFC 9112), as much of it as shippers use: a body has a length or comes in chunks.
 * A server of Node's takes several times the processor time, and would be what is measured.
 */
export class RequestReader {
  readonly #on: RequestEvents;
  /** What is not a whole head, or size of a chunk, yet. */
  #rest: Buffer = none;
  #state: 'head' | 'body' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer' = 'head';
  /** Bytes of the body, or of its chunk, that are to come. */
  #left = 0;

  constructor(on: RequestEvents) {
    this.#on = on;
  }

  /** Takes what came. @throws Error where it is no such request. */
  read(part: Buffer): void {
    let bytes = this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part]);
    this.#rest = none;
    while (bytes.length > 0) {
      const taken = this.#take(bytes);
      if (taken === 0) {
        this.#rest = Buffer.from(bytes);
        return;
      }
      bytes = bytes.subarray(taken);
    }
  }

  /** @returns how many bytes it took; 0 where it takes more than there are. */
  #take(bytes: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#upTo(bytes, headEnd, (head) => this.#begin(head));
      case 'body':
      case 'chunk': {
        const taken = Math.min(bytes.length, this.#left);
        this.#on.body(bytes.subarray(0, taken));
        this.#left -= taken;
        if (this.#left === 0 && this.#state === 'chunk') this.#state = 'chunk end';
        else if (this.#left === 0) this.#end();
        return taken;
      }
      case 'chunk size':
        return this.#upTo(bytes, lineEnd, (line) => {
          this.#left = Number.parseInt(line, 16);
          if (Number.isNaN(this.#left)) throw new Error(`no size of a chunk: ${line}`);
          this.#state = this.#left === 0 ? 'trailer' : 'chunk';
        });
      case 'chunk end':
        return this.#upTo(bytes, lineEnd, () => {
          this.#state = 'chunk size';
        });
      case 'trailer':
        return this.#upTo(bytes, lineEnd, (line) => {
          if (line === '') this.#end();
        });
    }
  }

  #upTo(bytes: Buffer, end: Buffer, then: (text: string) => void): number {
    const found = bytes.indexOf(end);
    if (found < 0) return 0;
    then(bytes.toString('latin1', 0, found));
    return found + end.length;
  }

  #begin(head: string): void {
    this.#on.head(head);
    if (/^transfer-encoding: *chunked$/im.test(head)) {
      this.#state = 'chunk size';
      return;
    }
    this.#left = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (this.#left > 0) this.#state = 'body';
    else this.#on.end();
  }

  #end(): void {
    this.#state = 'head';
    this.#on.end();
  }
}
