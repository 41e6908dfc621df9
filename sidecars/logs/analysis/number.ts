/** A number in text, and what stands behind it; one object is used again and again. */
export interface Numeral {
  value: number;
  /** Whether it has a decimal point. */
  decimal: boolean;
  /** Index behind its last character; where it began, if there is none. */
  end: number;
}

/** Reads a number without a sign at `from`: `12`, `0.004`, `1.2e-5`. */
export function readNumber(bytes: Uint8Array, from: number, to: number, into: Numeral): void {
  let at = from;
  let value = 0;
  for (; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - zero;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  into.decimal = false;
  into.value = value;
  into.end = at;
  if (at === from) return;
  if (bytes[at] === point && at + 1 < to && isDigit(bytes[at + 1])) {
    into.decimal = true;
    let scale = 1;
    for (at += 1; at < to; at += 1) {
      const digit = (bytes[at] ?? 0) - zero;
      if (digit < 0 || digit > 9) break;
      // more places than a double has change nothing
      if (scale > 1e17) continue;
      value = value * 10 + digit;
      scale *= 10;
    }
    into.value = value / scale;
    into.end = at;
  }
  const byte = at < to ? bytes[at] : undefined;
  if (byte === 0x65 || byte === 0x45) readExponent(bytes, at + 1, to, into);
}

function readExponent(bytes: Uint8Array, from: number, to: number, into: Numeral): void {
  const sign = bytes[from];
  const begin = sign === minus || sign === plus ? from + 1 : from;
  let exponent = 0;
  let at = begin;
  for (; at < to && isDigit(bytes[at]); at += 1) exponent = Math.min(999, exponent * 10 + (bytes[at] ?? 0) - zero);
  if (at === begin) return;
  into.value *= 10 ** (sign === minus ? -exponent : exponent);
  into.decimal = true;
  into.end = at;
}

/** The number of three digits at `from`; 0 where there is none, or what follows is a digit too. */
export function readStatus(bytes: Uint8Array, from: number, to: number): number {
  if (from + 3 > to || (from + 3 < to && isDigit(bytes[from + 3]))) return 0;
  let value = 0;
  for (let at = from; at < from + 3; at += 1) {
    if (!isDigit(bytes[at])) return 0;
    value = value * 10 + (bytes[at] ?? 0) - zero;
  }
  return value;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= zero + 9;
}

const zero = 0x30;
const point = 0x2e;
const minus = 0x2d;
const plus = 0x2b;
