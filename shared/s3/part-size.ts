const mebibyte = 2 ** 20;

/** No S3 takes more parts of an upload. */
export const mostParts = 10_000;
/** What parts may take of memory, unless settings ask for more. */
const budget = 64 * mebibyte;

/** The first parts have all the same size; the more there are of them, the faster those behind them have to grow. */
const plans = {
  /** It is not known how much will come: 31 GiB in parts of 8 MiB, and room for the 5 TiB that an object may have. */
  unknown: { level: 4000, step: 666 },
  /** It is known about: a quarter more still comes in small parts, and more than ten times as much is possible. */
  known: { level: 8000, step: 250 },
} as const;

/** No S3 takes a part of more than 5 GiB. */
const most = 4 * 2 ** 30;

/** What fits into one upload, whatever memory that takes, in bytes. */
export const mostBytes = mostParts * most;

/** What the parts of an upload take of memory. */
export interface PartMemory {
  /** How many may be on their way at the same time, beside the one that is being filled. */
  readonly inFlight: number;
  /** In bytes. */
  readonly bytes: number;
  /** Whether that is more than is meant to be taken. */
  readonly tooMuch: boolean;
}

/**
 * How many parts of a size are held in memory at a time: fewer of large ones, and never less than one that is sent and one that is filled.
 * @param least the size of the first parts of an upload of which nothing is known. @param inFlight how many are meant to be on their way.
 */
export function partMemory(size: number, least: number, inFlight: number): PartMemory {
  const allowed = Math.max(budget, (inFlight + 1) * least);
  const fitting = Math.max(1, Math.min(inFlight, Math.floor(allowed / size) - 1));
  const bytes = (fitting + 1) * size;
  return { inFlight: fitting, bytes, tooMuch: bytes > allowed };
}

/**
 * How large a part of an upload has to be. Parts are held in memory until they are sent, so they stay small as long as they can; and since
 * there may be no more than 10 000 of them, late ones double again and again.
 * @param number of the part, from 1.
 * @param least the size of the first ones, in bytes.
 * @param expected how much will come, about, in bytes; 0 where nobody knows.
 */
export function partSize(number: number, least: number, expected = 0): number {
  const { level, step } = expected > 0 ? plans.known : plans.unknown;
  const first = Math.max(least, Math.ceil((1.25 * expected) / level / mebibyte) * mebibyte);
  const doublings = number <= level ? 0 : Math.ceil((number - level) / step);
  return Math.min(first * 2 ** doublings, most);
}
