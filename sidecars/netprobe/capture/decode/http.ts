import type { HttpRequest, HttpResponse } from './packet.ts';

/** How far a first line and header fields are looked at, in bytes. */
const longestHead = 16_384;
const longestMethod = 32;

const space = 0x20;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** Methods whose line may go on behind what was captured. */
const wellKnown: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

/**
 * Takes the head of a request or a response of HTTP/1 apart (RFC 9112), where the payload begins with one.
 * @returns undefined where it does not
 */
export function httpMessage(bytes: Uint8Array, start: number, payloadEnd: number): HttpRequest | HttpResponse | undefined {
  const end = Math.min(payloadEnd, start + longestHead);
  return startsWith(bytes, start, end, 'HTTP/1.') ? response(bytes, start, end) : request(bytes, start, end);
}

/** `HTTP/1.1 404 Not Found` */
function response(bytes: Uint8Array, start: number, end: number): HttpResponse | undefined {
  const lineEnd = endOfLine(bytes, start, end);
  const line = asciiText(bytes, start, lineEnd ?? end);
  const match = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: (.*))?$/.exec(line);
  if (match === null) return undefined;
  const [, version = '', status = '', reason = ''] = match;
  return { type: 'http-response', version, status: Number(status), reason };
}

/** `GET /index.html HTTP/1.1` */
function request(bytes: Uint8Array, start: number, end: number): HttpRequest | undefined {
  const methodEnd = endOfMethod(bytes, start, end);
  if (methodEnd === undefined) return undefined;
  const targetStart = methodEnd + 1;
  let targetEnd = targetStart;
  while (targetEnd < end && isVisible(bytes[targetEnd] ?? 0)) targetEnd += 1;
  if (targetEnd === targetStart) return undefined;
  const method = asciiText(bytes, start, methodEnd);
  const target = asciiText(bytes, targetStart, targetEnd);
  if (targetEnd === end) {
    const goesOn = wellKnown.has(method) && /^\/|^https?:/.test(target);
    return goesOn ? { type: 'http-request', method, target, version: '', host: undefined } : undefined;
  }
  const lineEnd = endOfLine(bytes, targetEnd, end);
  const version = lineEnd === undefined ? '' : asciiText(bytes, targetEnd, lineEnd);
  const isRequest = / HTTP\/1\.[01]$/.test(version) || (version === ' HTTP/2.0' && method === 'PRI');
  if (lineEnd === undefined || !isRequest || version.length !== 9) return undefined;
  return { type: 'http-request', method, target, version: version.slice(6), host: hostOf(bytes, lineEnd, end) };
}

/** Capitals and dashes, and a space behind them. */
function endOfMethod(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let at = start; at < end && at <= start + longestMethod; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === space) return at - start > 2 ? at : undefined;
    if ((byte < 0x41 || byte > 0x5a) && byte !== 0x2d) return undefined;
  }
  return undefined;
}

/** The value of the field Host, in the lines behind the first one. */
function hostOf(bytes: Uint8Array, firstEnd: number, end: number): string | undefined {
  for (let at = behindLine(bytes, firstEnd, end); at < end; ) {
    const lineEnd = endOfLine(bytes, at, end);
    if (lineEnd === undefined || lineEnd === at) return undefined;
    const first = (bytes[at] ?? 0) | 0x20;
    const line = first === 0x68 ? asciiText(bytes, at, lineEnd) : '';
    if (/^host:/i.test(line)) return line.slice(5).trim();
    at = behindLine(bytes, lineEnd, end);
  }
  return undefined;
}

/** Where a line ends, before CR LF or LF; undefined where it goes on. */
function endOfLine(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== lineFeed) continue;
    return at > start && bytes[at - 1] === carriageReturn ? at - 1 : at;
  }
  return undefined;
}

function behindLine(bytes: Uint8Array, lineEnd: number, end: number): number {
  return Math.min(end, lineEnd + (bytes[lineEnd] === carriageReturn ? 2 : 1));
}

function startsWith(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false;
  for (let index = 0; index < text.length; index += 1) if (bytes[start + index] !== text.charCodeAt(index)) return false;
  return true;
}

function isVisible(byte: number): boolean {
  return byte > space && byte !== 0x7f;
}

/** Text of which nothing surprises a terminal: bytes that ASCII does not have as `%C3%A9`, and those that cannot be printed. */
function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    text += byte >= space && byte < 0x7f ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
