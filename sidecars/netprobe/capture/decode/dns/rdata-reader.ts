import { longAt, shortAt } from '../big-endian.ts';
import { dnsName } from './names.ts';
import { quoted } from './texts.ts';

/**
 * Reads what a record holds, a part at a time. What is not there reads as nothing, and has `isWhole` turn false.
 */
export class RdataReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Where the next part begins. */
  at: number;
  isWhole = true;
  readonly #message: number;
  readonly #messageEnd: number;

  /** @param message where the message begins and ends, which names may point into */
  constructor(bytes: Uint8Array, start: number, end: number, message: readonly [number, number]) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    [this.#message, this.#messageEnd] = message;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.end - this.at;
  }

  byte(): number {
    return this.#taken(1, (at) => this.bytes[at] ?? 0) ?? 0;
  }

  short(): number {
    return this.#taken(2, (at) => shortAt(this.bytes, at)) ?? 0;
  }

  long(): number {
    return this.#taken(4, (at) => longAt(this.bytes, at)) ?? 0;
  }

  /** A name, with its dot. */
  name(): string {
    const name = dnsName(this.bytes, this.#message, this.at, this.#messageEnd);
    // behind a pointer it may be elsewhere, but itself it is in the record
    if (name === undefined || name.end > this.end) {
      this.isWhole = false;
      return '';
    }
    this.at = name.end;
    return name.text;
  }

  /** So many bytes as they are. */
  take(length: number): Uint8Array {
    return this.#taken(length, (at) => this.bytes.subarray(at, at + length)) ?? new Uint8Array();
  }

  /** A string with its length before it, in quotes. */
  string(): string {
    return quoted(this.take(this.byte()));
  }

  /** All that is left, in hexadecimal. */
  hex(length = this.left): string {
    return Buffer.from(this.take(length)).toString('hex').toUpperCase();
  }

  /** All that is left, in base64. */
  base64(): string {
    return Buffer.from(this.take(this.left)).toString('base64');
  }

  #taken<T>(length: number, read: (at: number) => T): T | undefined {
    if (length > this.left) {
      this.isWhole = false;
      this.at = this.end;
      return undefined;
    }
    const value = read(this.at);
    this.at += length;
    return value;
  }
}
