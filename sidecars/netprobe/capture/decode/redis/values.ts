/** A line of RESP: what it begins with, and what it says. */
export interface RespLine {
  /** The first byte, as a character. */
  readonly sign: string;
  /** Where the text behind it begins and ends. */
  readonly start: number;
  readonly end: number;
  /** Behind its line feed. */
  readonly next: number;
}

/** Longer lines than any that a server or a client writes. */
const longestLine = 1024;

/** More values than are looked at in one message. */
const mostValues = 4096;

/** Reads a line that ends with CR LF. @returns undefined where it does not end, which it may do behind what was captured */
export function respLine(bytes: Uint8Array, at: number, end: number): RespLine | undefined {
  const last = Math.min(end, at + longestLine);
  for (let next = at + 1; next + 1 < last; next += 1) {
    const byte = bytes[next] ?? 0;
    if (byte === 0x0d && bytes[next + 1] === 0x0a)
      return { sign: String.fromCharCode(bytes[at] ?? 0), start: at + 1, end: next, next: next + 2 };
    if (byte < 0x20 && byte !== 0x09) return undefined;
  }
  return undefined;
}

/** The number that a line is; undefined where it is none. -1 stands for nothing. */
export function respNumber(bytes: Uint8Array, { start, end }: RespLine): number | undefined {
  const isMinusOne = end - start === 2 && bytes[start] === 0x2d && bytes[start + 1] === 0x31;
  if (isMinusOne) return -1;
  if (end === start || end - start > 10) return undefined;
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

/** How many values follow a line that announces some: pairs count twice. */
export function respElements(sign: string, count: number): number {
  return Math.max(0, sign === '%' || sign === '|' ? 2 * count : count);
}

/** Where a value ended, or that it goes on behind what was captured, or that there is none. */
export type RespEnd = number | 'goes on' | 'none';

/**
 * Walks over values and all that is within them. It is a loop, not a recursion: nobody decides how deep it goes. Where there are very many of
 * them, it does as if the last ones were not captured.
 */
export function skipValues(bytes: Uint8Array, start: number, end: number, count: number): RespEnd {
  let at = start;
  for (let left = count, walked = 0; left > 0; left -= 1, walked += 1) {
    if (at >= end || walked === mostValues) return 'goes on';
    const line = respLine(bytes, at, end);
    if (line === undefined) return mayBeLine(bytes, at, end) ? 'goes on' : 'none';
    const behind = behindValue(bytes, line, end);
    if (typeof behind !== 'number') return behind;
    if ('*~>%|'.includes(line.sign)) left += respElements(line.sign, respNumber(bytes, line) ?? 0);
    // what is said of a value stands before it
    if (line.sign === '|') left += 1;
    at = behind;
  }
  return at;
}

/** Behind a line and the bytes that it announces; what it announces otherwise is not looked at. */
export function behindValue(bytes: Uint8Array, line: RespLine, end: number): RespEnd {
  const { sign, next } = line;
  if ('+-'.includes(sign)) return next;
  if (',(#'.includes(sign)) return isScalar(bytes, line) ? next : 'none';
  if (sign === '_') return line.start === line.end ? next : 'none';
  if (sign === ':') return isInteger(bytes, line) ? next : 'none';
  const number = respNumber(bytes, line);
  if (number === undefined || !'$=!*~>%|'.includes(sign)) return 'none';
  if ('*~>%|'.includes(sign) || number === -1) return next;
  const behind = next + number + 2;
  if (behind > end) return 'goes on';
  return bytes[behind - 2] === 0x0d && bytes[behind - 1] === 0x0a ? behind : 'none';
}

/** Whether the bytes until the end may be the beginning of a line. */
export function mayBeLine(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at >= longestLine || !'+-:$*_,#!=(%~>|'.includes(String.fromCharCode(bytes[at] ?? 0))) return false;
  for (let next = at + 1; next < end; next += 1) {
    const byte = bytes[next] ?? 0;
    if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0d) || (byte === 0x0d && next + 1 < end)) return false;
  }
  return true;
}

function isInteger(bytes: Uint8Array, { start, end }: RespLine): boolean {
  const first = bytes[start] === 0x2d || bytes[start] === 0x2b ? start + 1 : start;
  if (first === end || end - first > 20) return false;
  for (let at = first; at < end; at += 1) if ((bytes[at] ?? 0) < 0x30 || (bytes[at] ?? 0) > 0x39) return false;
  return true;
}

/** A boolean, a double or a big number. */
function isScalar(bytes: Uint8Array, { sign, start, end }: RespLine): boolean {
  const value = String.fromCharCode(...bytes.subarray(start, end));
  if (sign === '#') return value === 't' || value === 'f';
  return sign === '(' ? /^[+-]?\d+$/.test(value) : /^[+-]?(?:inf|nan|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)$/i.test(value);
}
