import type { Access, Excerpt } from './access.ts';
import { type Field, fieldOf } from './fields.ts';
import { isDigit, type Numeral, readNumber, readStatus } from './number.ts';
import { readSeconds } from './seconds.ts';

const numeral: Numeral = { value: 0, decimal: false, end: 0 };
/** Objects in objects are looked into so deep. */
const deepest = 16;

/**
 * Scans a line that is a JSON object, at any depth, for the fields that servers and frameworks name in access logs, see `fields.ts`; of several that tell
 * the same, the first counts. What is no field of interest is passed over, and not held against the grammar.
 * @param from index of its opening brace.
 * @returns false where `line[from, to)` is no object, or has no status of HTTP, or neither method nor path; then `access` is of no use.
 */
export function scanJson(line: Uint8Array, from: number, to: number, access: Access): boolean {
  let at = from + 1;
  for (let depth = 1; depth > 0; ) {
    at = behindBlanks(line, at, to, comma);
    if (at >= to) return false;
    if (line[at] === closingBrace) {
      depth -= 1;
      at += 1;
      continue;
    }
    const end = line[at] === quote ? endOfString(line, at + 1, to) : -1;
    if (end < 0) return false;
    const field = fieldOf(line, at + 1, end);
    at = behindBlanks(line, end + 1, to);
    if (at >= to || line[at] !== colon) return false;
    at = behindBlanks(line, at + 1, to);
    const byte = at < to ? line[at] : undefined;
    if (byte === openingBrace && depth < deepest && field?.tells !== 'headers') {
      depth += 1;
      at += 1;
      continue;
    }
    at = byte === openingBrace || byte === openingBracket ? behindNested(line, at, to) : scanValue(line, at, to, field, access);
    if (at < 0) return false;
  }
  return behindBlanks(line, at, to) === to && access.status !== 0 && access.method.length + access.path.length > 0;
}

/** Takes what a string, a number or a word tells, and returns the index behind it; -1 where there is none. */
function scanValue(line: Uint8Array, from: number, to: number, field: Field | undefined, access: Access): number {
  if (from < to && line[from] === quote) {
    const end = endOfString(line, from + 1, to);
    if (end >= 0 && field !== undefined) takeText(line, from + 1, end, field, access);
    return end < 0 ? -1 : end + 1;
  }
  let end = from;
  for (; end < to; end += 1) {
    const byte = line[end];
    if (byte === comma || byte === closingBrace || byte === closingBracket || isBlank(byte)) break;
  }
  if (end === from) return -1;
  if (field !== undefined) takeNumber(line, from, end, field, access);
  return end;
}

function takeNumber(line: Uint8Array, from: number, to: number, field: Field, access: Access): void {
  switch (field.tells) {
    case 'status': {
      const status = to - from === 3 ? readStatus(line, from, to) : 0;
      if (access.status === 0 && isStatus(status)) access.status = status;
      return;
    }
    case 'size':
      readNumber(line, from, to, numeral);
      if (access.size === 0 && numeral.end === to) access.size = numeral.value;
      return;
    case 'time':
      if (Number.isNaN(access.seconds)) access.seconds = readSeconds(line, from, to, field.unit);
      return;
  }
}

function takeText(line: Uint8Array, from: number, to: number, field: Field, access: Access): void {
  switch (field.tells) {
    case 'method':
      if (access.method.length === 0) excerpt(line, from, to, access.method);
      return;
    case 'agent':
      if (access.agent.length === 0) excerpt(line, from, to, access.agent);
      return;
    case 'client':
      if (access.client.length === 0) {
        excerpt(line, from, to, access.client);
        dropPort(access.client);
      }
      return;
    case 'target':
      if (access.path.length === 0) takeTarget(line, from, to, access);
      return;
    default:
      takeNumber(line, from, to, field, access);
  }
}

/** A target alone, or with the method before it: `GET /path HTTP/1.1`, as `$request` of nginx. */
function takeTarget(line: Uint8Array, from: number, to: number, access: Access): void {
  const { path, method } = access;
  excerpt(line, from, to, path);
  const { bytes } = path;
  let at = path.from;
  for (; at < path.to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x41 || byte > 0x5a) break;
  }
  if (at === path.from || at >= path.to || bytes[at] !== space) {
    access.setTarget(bytes, path.from, path.to);
    return;
  }
  if (method.length === 0) method.set(bytes, path.from, at);
  let end = at + 1;
  while (end < path.to && bytes[end] !== space) end += 1;
  access.setTarget(bytes, at + 1, end);
}

/** `10.0.0.7:51234` and `[fd00::7]:51234` are told without the port, as Go writes both. */
function dropPort(client: Excerpt): void {
  const { bytes, from, to } = client;
  let at = to - 1;
  while (at > from && isDigit(bytes[at])) at -= 1;
  if (at <= from || at === to - 1 || bytes[at] !== colon) return;
  if (bytes[from] === openingBracket && bytes[at - 1] === closingBracket) client.set(bytes, from + 1, at - 1);
  else if (!isWithin(bytes, from, at, colon)) client.set(bytes, from, at);
}

function isWithin(bytes: Uint8Array, from: number, to: number, byte: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at] === byte) return true;
  return false;
}

/** The text of a string; with escapes, which are rare, it is decoded elsewhere. */
function excerpt(line: Uint8Array, from: number, to: number, into: Excerpt): void {
  into.set(line, from, to);
  if (!isWithin(line, from, to, backslash)) return;
  try {
    const decoded = Buffer.from(JSON.parse(`"${Buffer.from(line.buffer, line.byteOffset + from, to - from)}"`));
    into.set(decoded, 0, decoded.length);
  } catch {
    // no escape of JSON: it stays as it is written
  }
}

/** The index of the quote that ends a string; -1 where nothing does. */
function endOfString(line: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    if (line[at] === backslash) at += 1;
    else if (line[at] === quote) return at;
  }
  return -1;
}

/** The index behind an object or an array that begins at `from`; -1 where it does not end. */
function behindNested(line: Uint8Array, from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to; at += 1) {
    const byte = line[at];
    if (byte === quote) {
      at = endOfString(line, at + 1, to);
      if (at < 0) return -1;
    } else if (byte === openingBrace || byte === openingBracket) depth += 1;
    else if (byte === closingBrace || byte === closingBracket) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function behindBlanks(line: Uint8Array, from: number, to: number, other = space): number {
  let at = from;
  while (at < to && (isBlank(line[at]) || line[at] === other)) at += 1;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === 0x09 || byte === 0x0d || byte === 0x0a;
}

/** What is a status of HTTP: `code` may be an exit code, or anything. */
function isStatus(status: number): boolean {
  return status >= 100 && status < 600;
}

const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openingBracket = 0x5b;
const closingBracket = 0x5d;
const openingBrace = 0x7b;
const closingBrace = 0x7d;
