/** Reads numbers of a file in its byte order. */
export class ByteOrder {
  readonly isLittle: boolean;

  constructor(isLittle: boolean) {
    this.isLittle = isLittle;
  }

  /** Two bytes, without a sign. */
  short(bytes: Uint8Array, at: number): number {
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    return this.isLittle ? first | (second << 8) : (first << 8) | second;
  }

  /** Four bytes, without a sign. */
  word(bytes: Uint8Array, at: number): number {
    return this.isLittle ? littleWord(bytes, at) : bigWord(bytes, at);
  }

  /** Eight bytes, as near as a number comes to them. */
  long(bytes: Uint8Array, at: number): number {
    return this.word(bytes, this.isLittle ? at + 4 : at) * 2 ** 32 + this.word(bytes, this.isLittle ? at : at + 4);
  }

  /** Eight bytes with a sign, as near as a number comes to them. */
  signedLong(bytes: Uint8Array, at: number): number {
    return (this.word(bytes, this.isLittle ? at + 4 : at) | 0) * 2 ** 32 + this.word(bytes, this.isLittle ? at : at + 4);
  }
}

/** Four bytes, the lowest first. */
export function littleWord(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

/** Four bytes, the highest first. */
export function bigWord(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}
