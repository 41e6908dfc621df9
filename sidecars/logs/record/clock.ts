/** Where a clock stands. */
export interface ClockState {
  readonly told: bigint;
  readonly free: bigint;
}

/**
 * Time stamps of one stream of Loki, in nanoseconds. Loki takes records of one stream with the same stamp and the same text for one record,
 * so that records of the same time get stamps of their own: each is a nanosecond after the one before.
 */
export class Clock {
  /** The time that was told last, as it was told and in nanoseconds. */
  #time: Date | string | undefined;
  #told = 0n;
  /** What was handed out last. Its number is counted on by who writes many records with it, */
  #prefix = Buffer.from(prefixOf(0n));
  /** and here for those that were written one by one. */
  #counted = 0n;

  /**
   * What stands before the text of records of that time: `["1700000000000000000","`. Who uses it for several records counts on the number in it, whose last
   * digit is at {@link stampIndex}. It is of worth until the next call.
   */
  prefix(time: Date | string): Buffer {
    const told = time === this.#time ? this.#told : nanosecondsOf(time);
    const next = BigInt(this.#prefix.toString('latin1', 2, stampIndex + 1)) + this.#counted;
    this.#counted = 0n;
    const stamp = told >= this.#told && told < next ? next : told;
    this.#time = time;
    this.#told = told;
    this.#prefix = Buffer.from(prefixOf(stamp));
    return this.#prefix;
  }

  /** The time that was told last, and the first stamp behind it that is free: for who hands out stamps of its own. */
  get state(): ClockState {
    return { told: this.#told, free: BigInt(this.#prefix.toString('latin1', 2, stampIndex + 1)) + this.#counted };
  }

  set state({ told, free }: ClockState) {
    this.#time = undefined;
    this.#told = told;
    this.#prefix = Buffer.from(prefixOf(free));
    this.#counted = 0n;
  }

  /** Notes that one record was written with the prefix as it is. */
  count(): void {
    this.#counted += 1n;
  }
}

const last = 2n ** 63n - 1n;
/** Digits of a time stamp: enough for all that an int64 holds. */
const digits = 19;
/** The index of the last digit in a prefix. */
export const stampIndex = 1 + digits;

/** Stamps begin in 1970 for us: what is told of before is taken for that, and what an int64 does not hold for the last that it does. */
function prefixOf(stamp: bigint): string {
  return `["${String(stamp < 0n ? 0n : stamp > last ? last : stamp).padStart(digits, '0')}","`;
}

/** Nanoseconds since 1970 of a time in RFC 3339, with up to nine digits of a fraction. A leap second is the second before it; what is no time is now. */
export function nanosecondsOf(time: Date | string): bigint {
  if (typeof time !== 'string') return BigInt(time.getTime()) * 1_000_000n;
  const fraction = /\.\d+/.exec(time)?.[0] ?? '';
  const milliseconds = Date.parse(time.replace(fraction, '').replace(/:60(?=[Zz+-])/, ':59'));
  if (Number.isNaN(milliseconds)) return BigInt(Date.now()) * 1_000_000n;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.slice(1, 10).padEnd(9, '0'));
}
