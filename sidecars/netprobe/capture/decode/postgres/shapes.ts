import { longAt, shortAt } from '../big-endian.ts';

/**
 * Whether the content of a message, as far as it was captured, is of the form that its kind has.
 * @param start behind the length of the message
 * @param end where the content ends, or where what was captured of it does
 * @param missing how much of the content is behind that, in bytes: 0 where all is there
 */
export type Shape = (bytes: Uint8Array, start: number, end: number, missing: number) => boolean;

/** A table has no more columns than that, and so no row. */
const mostColumns = 1664;

export const nothing: Shape = (_, start, end) => start === end;

/** Bytes of any kind. */
export const anything: Shape = () => true;

/** So many strings that end with a zero, and then so many bytes. */
export function strings(count: number, behind = 0): Shape {
  return (bytes, start, end, missing) => {
    const at = behindStrings(bytes, start, end, count);
    return at === undefined ? missing > 0 : end + missing - at === behind;
  };
}

/** A number of fields, and so many of them: each a length, and so many bytes. */
export const row: Shape = (bytes, start, end, missing) => {
  if (end - start < 2) return missing > 0;
  const count = shortAt(bytes, start);
  return count <= mostColumns && values(bytes, start + 2, end, missing, count, 0);
};

/** A number of columns: each a name, and 18 bytes about it. */
export const columns: Shape = (bytes, start, end, missing) => {
  if (end - start < 2) return missing > 0;
  const count = shortAt(bytes, start);
  let at = start + 2;
  for (let left = count; left > 0; left -= 1) {
    const name = behindStrings(bytes, at, end, 1);
    if (name === undefined || name + 18 > end) return missing > 0 && count <= mostColumns;
    at = name + 18;
  }
  return at === end + missing;
};

/** A number of types, of four bytes each. */
export const types: Shape = (bytes, start, end, missing) =>
  end - start < 2 ? missing > 0 : end + missing - start === 2 + 4 * shortAt(bytes, start);

/** Fields of a letter and a string each, and a zero behind them. */
export const fields: Shape = (bytes, start, end, missing) => {
  for (let at = start; at < end; ) {
    if (bytes[at] === 0) return at + 1 === end + missing;
    const next = isLetter(bytes[at] ?? 0) ? behindStrings(bytes, at, end, 1) : at;
    if (next === undefined || next === at) return next === undefined && missing > 0;
    at = next;
  }
  return missing > 0;
};

/** The portal or statement that is meant: `S` or `P`, and its name. */
export const target: Shape = (bytes, start, end, missing) =>
  start === end ? missing > 0 : (bytes[start] === 0x53 || bytes[start] === 0x50) && strings(1)(bytes, start + 1, end, missing);

/** Whether a transaction is open: `I`, `T` or `E`. */
export const status: Shape = (bytes, start, end, missing) =>
  end - start + missing === 1 && (start === end || [0x49, 0x54, 0x45].includes(bytes[start] ?? 0));

/** A process and its secret, of up to 256 bytes since protocol 3.2. */
export const backendKey: Shape = (_, start, end, missing) => end - start + missing >= 8 && end - start + missing <= 260;

/** A kind of authentication, by its number, and what it needs. */
export const authentication: Shape = (bytes, start, end, missing) => (end - start < 4 ? missing > 0 : longAt(bytes, start) <= 12);

/** How what is copied is encoded: of the whole, and of each column. */
export const copy: Shape = (bytes, start, end, missing) =>
  end - start < 3 ? missing > 0 : (bytes[start] ?? 0) <= 1 && end + missing - start === 3 + 2 * shortAt(bytes, start + 1);

/** A process, and two strings. */
export const notification: Shape = (bytes, start, end, missing) =>
  end - start < 4 ? missing > 0 : strings(2)(bytes, start + 4, end, missing);

/** Two names, of which the second is a query, a number of types, and so many of them. */
export const parsed: Shape = (bytes, start, end, missing) => {
  const at = behindStrings(bytes, start, end, 2);
  return at === undefined ? missing > 0 && isText(bytes, start, end) : types(bytes, at, end, missing);
};

/** Two names, and then formats, values, and formats of the result: each with a number before it. */
export const bound: Shape = (bytes, start, end, missing) => {
  const names = behindStrings(bytes, start, end, 2);
  if (names === undefined || names + 2 > end) return missing > 0 && isText(bytes, start, names ?? end);
  const at = names + 2 + 2 * shortAt(bytes, names);
  // text is 0, binary is 1
  for (let format = names + 2; format < at && format + 2 <= end; format += 2) if (shortAt(bytes, format) > 1) return false;
  if (at + 2 > end) return missing > 0 && at + 2 <= end + missing;
  return values(bytes, at + 2, end, missing, shortAt(bytes, at), 2);
};

/** So many values: each a length, and so many bytes; and at least so many bytes behind them. */
function values(bytes: Uint8Array, start: number, end: number, missing: number, count: number, behind: number): boolean {
  const whole = end + missing;
  let at = start;
  for (let left = count; left > 0; left -= 1) {
    if (at + 4 > end) return missing > 0 && at + 4 * left + behind <= whole;
    const length = longAt(bytes, at);
    at += 4 + (length === 0xffff_ffff ? 0 : length);
    if (at + 4 * (left - 1) + behind > whole) return false;
  }
  if (behind === 0) return at === whole;
  return at + 2 > end ? missing > 0 : whole - at === 2 + 2 * shortAt(bytes, at);
}

/** Behind so many strings that end with a zero; undefined where not all of them do. */
function behindStrings(bytes: Uint8Array, start: number, end: number, count: number): number | undefined {
  let at = start;
  for (let left = count; left > 0; left -= 1) {
    while (at < end && bytes[at] !== 0) at += 1;
    if (at >= end) return undefined;
    at += 1;
  }
  return at;
}

/** Whether no control characters but those of text are there, and those that end a string. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 && byte !== 0 && (byte < 9 || byte > 13)) return false;
  }
  return true;
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}
