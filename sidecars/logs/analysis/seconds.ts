import { type Numeral, readNumber } from './number.ts';

/** What a number of a time means where no unit stands behind it: so many to a second, or what its form lets guess. */
export type Unit = number | 'guess';

const numeral: Numeral = { value: 0, decimal: false, end: 0 };

/**
 * A time in seconds, of text such as `0.004`, `12ms`, `1.5µs`; NaN where it is none. A unit that stands behind it goes before `unit`.
 * With `guess`, a number with a decimal point is one of seconds, as nginx, Caddy and Python write them, and one without is of milliseconds.
 */
export function readSeconds(bytes: Uint8Array, from: number, to: number, unit: Unit): number {
  readNumber(bytes, from, to, numeral);
  const { value, decimal, end } = numeral;
  if (end === from) return Number.NaN;
  if (end === to) return value / (unit === 'guess' ? (decimal ? 1 : 1000) : unit);
  const written = unitAt(bytes, end, to);
  return written === undefined ? Number.NaN : value / written;
}

/** How many of the unit that is `bytes[from, to)` are a second; undefined where it is none. Units of minutes are not told: such answers are rare. */
function unitAt(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (bytes[to - 1] !== letterS) return undefined;
  const [first, second] = [bytes[from], bytes[from + 1]];
  switch (to - from) {
    case 1:
      return 1;
    case 2:
      return first === letterM ? 1e3 : first === letterU ? 1e6 : first === letterN ? 1e9 : undefined;
    case 3:
      // µ is U+00B5, and U+03BC looks the same
      return (first === 0xc2 && second === 0xb5) || (first === 0xce && second === 0xbc) ? 1e6 : undefined;
    default:
      return undefined;
  }
}

/**
 * The time that the fields behind the usual ones of an access log tell, in seconds; NaN where none does. There is no standard for it, so this is the rule:
 * a field `rt=` or `request_time=`; else the first number with a decimal point, which is of seconds, as `$request_time` of nginx, also in the format of
 * ingress-nginx; else the last field, where it is a number with a unit, as Traefik's `12ms`, or a whole number: microseconds, as `%D` of Apache.
 */
export function trailingSeconds(bytes: Uint8Array, from: number, to: number): number {
  let found = Number.NaN;
  let last = Number.NaN;
  let at = from;
  while (at < to) {
    for (; at < to && isBetween(bytes[at]); at += 1);
    const begin = at;
    let equals = -1;
    for (; at < to && !isBetween(bytes[at]); at += 1) if (bytes[at] === equalsSign && equals < 0) equals = at;
    if (begin === at) break;
    last = Number.NaN;
    if (equals >= 0) {
      if (isTimeName(bytes, begin, equals)) {
        const seconds = readSeconds(bytes, equals + 1, at, 1);
        if (!Number.isNaN(seconds)) return seconds;
      }
      continue;
    }
    readNumber(bytes, begin, at, numeral);
    if (numeral.end === begin) continue;
    if (numeral.end === at && numeral.decimal) {
      if (Number.isNaN(found)) found = numeral.value;
    } else last = readSeconds(bytes, begin, at, 1e6);
  }
  return Number.isNaN(found) ? last : found;
}

function isBetween(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x22 || byte === 0x09;
}

function isTimeName(bytes: Uint8Array, from: number, to: number): boolean {
  return timeNames.some((name) => name.length === to - from && name.every((byte, index) => bytes[from + index] === byte));
}

const timeNames = ['rt', 'request_time'].map((name) => Buffer.from(name));
const equalsSign = 0x3d;
const letterS = 0x73;
const letterM = 0x6d;
const letterU = 0x75;
const letterN = 0x6e;
