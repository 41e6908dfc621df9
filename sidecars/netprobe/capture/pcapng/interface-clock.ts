/** What an interface of pcapng counts time in where its description does not tell: microseconds. */
export const usualResolution = 6;

/**
 * Reads the time stamps of one interface. A stamp has 64 bits, which is more than a number holds exactly: where a second has up to 10^9 units it is
 * divided in pieces of 16 bits, and by BigInt where it has more, or a power of two.
 */
export class InterfaceClock {
  /** What the last stamp said: seconds since 1970, and nanoseconds beside them. */
  seconds = 0;
  nanoseconds = 0;
  readonly #offset: number;
  readonly #units: bigint;
  /** Units in a second, and nanoseconds in a unit; 0 where that is no whole number. */
  readonly #perSecond: number;
  readonly #perUnit: number;

  /**
   * @param resolution the option if_tsresol: a power of ten, or of two where its highest bit is set.
   * @param offset the option if_tsoffset: seconds to add.
   */
  constructor(resolution: number, offset: number) {
    const exponent = resolution & 0x7f;
    const isDecimal = resolution < 0x80;
    this.#offset = offset;
    this.#units = (isDecimal ? 10n : 2n) ** BigInt(exponent);
    this.#perSecond = isDecimal && exponent <= 9 ? 10 ** exponent : 0;
    this.#perUnit = this.#perSecond === 0 ? 0 : 10 ** (9 - exponent);
  }

  /** Reads a stamp of two halves, each without a sign. */
  read(high: number, low: number): void {
    const perSecond = this.#perSecond;
    if (perSecond === 0) {
      this.#readExactly((BigInt(high) << 32n) | BigInt(low));
      return;
    }
    let seconds = Math.floor(high / perSecond);
    let rest = (high - seconds * perSecond) * 65_536 + (low >>> 16);
    let digit = Math.floor(rest / perSecond);
    seconds = seconds * 65_536 + digit;
    rest = (rest - digit * perSecond) * 65_536 + (low & 0xffff);
    digit = Math.floor(rest / perSecond);
    this.seconds = seconds * 65_536 + digit + this.#offset;
    this.nanoseconds = (rest - digit * perSecond) * this.#perUnit;
  }

  #readExactly(stamp: bigint): void {
    this.seconds = Number(stamp / this.#units) + this.#offset;
    this.nanoseconds = Number(((stamp % this.#units) * 1_000_000_000n) / this.#units);
  }
}
