import { longAt, shortAt } from '../big-endian.ts';

/**
 * Whether the content of a message, as far as it was captured, is of the form that its kind has. Content begins behind the length; `end` is
 * where it ends, or where what was captured does, and `isWhole` tells which of them.
 */
export type Shape = (bytes: Uint8Array, start: number, end: number, isWhole: boolean) => boolean;

export const nothing: Shape = (_, start, end) => start === end;
/** Bytes of any kind. */
export const anything: Shape = () => true;

/** So many strings that end with a zero, and then so many bytes. */
export function strings(count: number, behind = 0): Shape {
  return (bytes, start, end, isWhole) => {
    let at = start;
    for (let left = count; left > 0; left -= 1) {
      const zero = bytes.subarray(at, end).indexOf(0);
      if (zero === -1) return !isWhole;
      at += zero + 1;
    }
    return isWhole ? end - at === behind : true;
  };
}

/** A number of fields, and so many of them. */
export const row: Shape = (bytes, start, end, isWhole) => {
  if (end - start < 2) return !isWhole;
  let at = start + 2;
  for (let left = shortAt(bytes, start); left > 0; left -= 1) {
    if (at + 4 > end) return !isWhole;
    const length = longAt(bytes, at);
    at += 4 + (length === 0xffff_ffff ? 0 : length);
    if (at > end) return !isWhole;
  }
  return !isWhole || at === end;
};

/** A number of columns: each a name, and 18 bytes about it. */
export const columns: Shape = (bytes, start, end, isWhole) => {
  if (end - start < 2) return !isWhole;
  let at = start + 2;
  for (let left = shortAt(bytes, start); left > 0; left -= 1) {
    const zero = bytes.subarray(at, end).indexOf(0);
    if (zero === -1 || at + zero + 19 > end) return !isWhole;
    at += zero + 19;
  }
  return !isWhole || at === end;
};

/** A number of types, of four bytes each. */
export const types: Shape = (bytes, start, end, isWhole) =>
  end - start < 2 ? !isWhole : !isWhole || end - start === 2 + 4 * shortAt(bytes, start);

/** Fields of a letter and a string each, and a zero behind them. */
export const fields: Shape = (bytes, start, end, isWhole) => {
  for (let at = start; at < end; ) {
    if (bytes[at] === 0) return isWhole && at + 1 === end;
    const zero = bytes.subarray(at, end).indexOf(0);
    if (!isLetter(bytes[at] ?? 0) || (zero === -1 && isWhole)) return false;
    if (zero === -1) return true;
    at += zero + 1;
  }
  return !isWhole;
};

/** The portal or statement that is meant: `S` or `P`, and its name. */
export const target: Shape = (bytes, start, end, isWhole) =>
  start === end ? !isWhole : (bytes[start] === 0x53 || bytes[start] === 0x50) && strings(1)(bytes, start + 1, end, isWhole);

/** Whether a transaction is open: `I`, `T` or `E`. */
export const status: Shape = (bytes, start, end, isWhole) =>
  start === end ? !isWhole : end - start === 1 && [0x49, 0x54, 0x45].includes(bytes[start] ?? 0);

/** A process and its secret, of up to 256 bytes since protocol 3.2. */
export const backendKey: Shape = (_, start, end, isWhole) => !isWhole || (end - start >= 8 && end - start <= 260);

/** A kind of authentication, by its number, and what it needs. */
export const authentication: Shape = (bytes, start, end, isWhole) => (end - start < 4 ? !isWhole : longAt(bytes, start) <= 12);

/** How what is copied is encoded: of the whole, and of each column. */
export const copy: Shape = (bytes, start, end, isWhole) => {
  if (end - start < 3) return !isWhole;
  return (bytes[start] ?? 0) <= 1 && (!isWhole || end - start === 3 + 2 * shortAt(bytes, start + 1));
};

/** A process, and two strings. */
export const notification: Shape = (bytes, start, end, isWhole) =>
  end - start < 4 ? !isWhole : strings(2)(bytes, start + 4, end, isWhole);

/** Two names, a number of types, and so many of them. */
export const parsed: Shape = (bytes, start, end, isWhole) => behindNames(bytes, start, end, isWhole, types);

/** Two names, and then formats and values. */
export const bound: Shape = (bytes, start, end, isWhole) => behindNames(bytes, start, end, isWhole, parameters);

function behindNames(bytes: Uint8Array, start: number, end: number, isWhole: boolean, shape: Shape): boolean {
  let at = start;
  for (let left = 2; left > 0; left -= 1) {
    const zero = bytes.subarray(at, end).indexOf(0);
    if (zero === -1) return !isWhole;
    at += zero + 1;
  }
  return shape(bytes, at, end, isWhole);
}

/** Formats, values, and formats of the result: each with a number before it. */
function parameters(bytes: Uint8Array, start: number, end: number, isWhole: boolean): boolean {
  if (!isWhole) return true;
  if (end - start < 6) return false;
  let at = start + 2 + 2 * shortAt(bytes, start);
  if (at + 2 > end) return false;
  let left = shortAt(bytes, at);
  for (at += 2; left > 0; left -= 1) {
    if (at + 4 > end) return false;
    const length = longAt(bytes, at);
    at += 4 + (length === 0xffff_ffff ? 0 : length);
  }
  return at + 2 <= end && end - at === 2 + 2 * shortAt(bytes, at);
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}
