import type { Access } from './access.ts';
import { type Numeral, readNumber, readStatus } from './number.ts';
import { trailingSeconds } from './seconds.ts';

const numeral: Numeral = { value: 0, decimal: false, end: 0 };

/**
 * Scans a line in the formats `common` and `combined` of nginx and Apache, with whatever stands behind them, and in `vhost_combined`:
 *
 *     10.0.0.7 - - [02/Jan/2026:03:04:05 +0000] "GET /path?query HTTP/1.1" 200 512 "referer" "agent" 0.004
 *
 * @returns false where `line[from, to)` is no such line; then `access` is of no use.
 * @see https://httpd.apache.org/docs/2.4/logs.html#accesslog
 */
export function scanCommon(line: Uint8Array, from: number, to: number, access: Access): boolean {
  const time = scanClient(line, from, to, access);
  if (time === 0) return false;
  let at = time;
  for (; at < to && line[at] !== closingBracket; at += 1);
  if (at + 2 >= to || line[at + 1] !== space || line[at + 2] !== quote) return false;
  at = scanRequest(line, at + 3, to, access);
  if (at + 4 >= to || line[at + 1] !== space) return false;
  access.status = readStatus(line, at + 2, to);
  if (access.status === 0) return false;
  at += 5;
  if (at === to) return true;
  if (line[at] !== space) return false;
  at = scanSize(line, at + 1, to, access);
  if (at === 0) return false;
  if (opensQuoted(line, at, to)) {
    at = endOfQuoted(line, at + 2, to) + 1;
    if (opensQuoted(line, at, to)) {
      const begin = at + 2;
      const end = endOfQuoted(line, begin, to);
      if (end !== begin + 1 || line[begin] !== dash) access.agent.set(line, begin, end);
      at = end + 1;
    }
  }
  if (at < to) access.seconds = trailingSeconds(line, at, to);
  return true;
}

/** Takes the client, and returns the index behind the bracket that begins the time; 0 where there is none. */
function scanClient(line: Uint8Array, from: number, to: number, access: Access): number {
  let spaces = 0;
  let first = from;
  let second = from;
  for (let at = from; at < to; at += 1) {
    const byte = line[at];
    if (byte === space) {
      spaces += 1;
      if (spaces === 1) first = at;
      else if (spaces === 2) second = at;
    } else if (byte === openingBracket && spaces >= 3 && line[at - 1] === space) {
      // the name of a virtual host goes before the client; the second field of all others is a dash, as nobody asks identd
      const isHost = spaces >= 4 && !(second === first + 2 && line[first + 1] === dash);
      if (isHost) access.client.set(line, first + 1, second);
      else access.client.set(line, from, first);
      return at + 1;
    }
  }
  return 0;
}

/** Takes method and path, and returns the index of the quote that ends the request. What is no request of HTTP has neither. */
function scanRequest(line: Uint8Array, from: number, to: number, access: Access): number {
  let at = from;
  for (; at < to; at += 1) {
    const byte = line[at] ?? 0;
    if ((byte < letterA || byte > letterZ) && byte !== dash && byte !== underscore) break;
  }
  if (at > from && line[at] === space) {
    access.method.set(line, from, at);
    const begin = at + 1;
    for (at = begin; at < to; at += 1) {
      const byte = line[at];
      if (byte === space || byte === quote) break;
      // an escape in the path, as `\x22`, stays as it is
      if (byte === backslash) at += 1;
    }
    access.setTarget(line, begin, Math.min(at, to));
  }
  for (; at < to && line[at] !== quote; at += 1) if (line[at] === backslash) at += 1;
  return at;
}

/** Takes the bytes of the answer, and returns the index behind them; 0 where there are none. A dash is told for none. */
function scanSize(line: Uint8Array, from: number, to: number, access: Access): number {
  readNumber(line, from, to, numeral);
  if (numeral.end === from) return from < to && line[from] === dash ? from + 1 : 0;
  access.size = numeral.value;
  return numeral.end;
}

function opensQuoted(line: Uint8Array, at: number, to: number): boolean {
  return at + 1 < to && line[at] === space && line[at + 1] === quote;
}

/** The index of the quote that ends a field, in which quotes are escaped; `to` where nothing ends it. */
function endOfQuoted(line: Uint8Array, from: number, to: number): number {
  const most = Math.min(to, from + shortField);
  let at = from;
  for (; at < most; at += 1) {
    if (line[at] === backslash) at += 1;
    else if (line[at] === quote) return at;
  }
  if (at >= to) return to;
  // most long fields have no escapes: then the first quote ends them
  const end = line.indexOf(quote, at);
  if (end < 0 || end >= to) return to;
  if (end === at || line[end - 1] !== backslash) return end;
  for (; at < to; at += 1) {
    if (line[at] === backslash) at += 1;
    else if (line[at] === quote) return at;
  }
  return to;
}

/** Shorter fields are looked through here, as a call of `indexOf` costs as much. */
const shortField = 24;
const space = 0x20;
const quote = 0x22;
const dash = 0x2d;
const underscore = 0x5f;
const backslash = 0x5c;
const openingBracket = 0x5b;
const closingBracket = 0x5d;
const letterA = 0x41;
const letterZ = 0x5a;
