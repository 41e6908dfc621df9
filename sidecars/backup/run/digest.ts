import { createHash } from 'node:crypto';
import type { ByteSink } from '../bytes.ts';

/** A stage that lets all bytes pass, counts them, and hashes them with SHA-256. */
export class Digest implements ByteSink {
  readonly #next: ByteSink;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(next: ByteSink) {
    this.#next = next;
  }

  /** How many bytes have passed. */
  get bytes(): number {
    return this.#bytes;
  }

  write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    return this.#next.write(chunk);
  }

  end(): Promise<void> {
    return this.#next.end();
  }

  /** The digest in hexadecimal digits; once, after the end. */
  hex(): string {
    return this.#hash.digest('hex');
  }
}
