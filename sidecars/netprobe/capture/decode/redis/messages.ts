import type { Named } from '../packet.ts';
import { redisCommand } from './commands.ts';
import { behindValue, mayBeLine, type RespEnd, type RespLine, respElements, respLine, respNumber, skipValues } from './values.ts';

/** Where Redis, its sentinels and others that speak alike listen. */
const redisPorts: readonly number[] = [6379, 6380, 26379];

/** More messages than a line has room for. */
const mostMessages = 64;

/** Simple strings that the server says of itself; others may be a value. */
const knownStrings: ReadonlySet<string> = new Set([
  'OK',
  'PONG',
  'QUEUED',
  'RESET',
  'CONTINUE',
  'Background saving started',
  'Background append only file rewriting started',
]);

interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Who sends: by a port that is known, or else by which one is lower, as clients have the higher ones. */
type Side = 'client' | 'server';

/**
 * Tells the messages of Redis in a segment by their names (RESP 2 and 3), where it begins with one. Keys and values are never told.
 * Without a port that is known only what nothing else looks like is taken for such.
 * @returns undefined where they are none
 */
export function redisMessages(ports: Ports, bytes: Uint8Array, start: number, end: number): Named | undefined {
  const isKnown = redisPorts.includes(ports.destinationPort) || redisPorts.includes(ports.sourcePort);
  if (!isKnown && !'*$=%~>'.includes(String.fromCharCode(bytes[start] ?? 0))) return undefined;
  const side = sideOf(ports);
  const messages: string[] = [];
  let isSure = isKnown;
  for (let at: RespEnd = start; typeof at === 'number' && at < end && messages.length < mostMessages; ) {
    const line = respLine(bytes, at, end);
    if (line === undefined) {
      // a last line that is cut says nothing, but has to look like one
      if (messages.length === 0 || !mayBeLine(bytes, at, end)) return undefined;
      break;
    }
    const command = side === 'client' ? commandOf(bytes, line, end) : undefined;
    const inline = side === 'client' && isKnown ? inlineCommand(bytes, at, line) : undefined;
    if (inline === undefined) at = behindMessage(bytes, line, end);
    else at = line.next;
    if (at === 'none') return undefined;
    isSure ||= isDistinct(bytes, line, command, at);
    messages.push(inline ?? command ?? (side === 'client' && line.sign === '*' ? 'command' : replyName(bytes, line)));
  }
  return isSure && messages.length > 0 ? { type: 'redis', messages } : undefined;
}

function sideOf({ sourcePort, destinationPort }: Ports): Side {
  if (redisPorts.includes(destinationPort)) return 'client';
  if (redisPorts.includes(sourcePort)) return 'server';
  return destinationPort < sourcePort ? 'client' : 'server';
}

/** Behind a message and all that is within it. */
function behindMessage(bytes: Uint8Array, line: RespLine, end: number): RespEnd {
  const behind = behindValue(bytes, line, end);
  if (typeof behind !== 'number' || !'*~>%|'.includes(line.sign)) return behind;
  const attributes = line.sign === '|' ? 1 : 0;
  return skipValues(bytes, behind, end, respElements(line.sign, respNumber(bytes, line) ?? 0) + attributes);
}

/** The command in an array of strings; undefined where its name is not known, or not captured. */
function commandOf(bytes: Uint8Array, line: RespLine, end: number): string | undefined {
  if (line.sign !== '*' || (respNumber(bytes, line) ?? 0) < 1) return undefined;
  const name = respLine(bytes, line.next, end);
  const length = name?.sign === '$' ? respNumber(bytes, name) : undefined;
  if (name === undefined || length === undefined || length < 1 || name.next + length > end) return undefined;
  return redisCommand(bytes, name.next, name.next + length);
}

/** A command as a person types it: `PING`. */
function inlineCommand(bytes: Uint8Array, at: number, { end }: RespLine): string | undefined {
  let nameEnd = at;
  while (nameEnd < end && bytes[nameEnd] !== 0x20) nameEnd += 1;
  return redisCommand(bytes, at, nameEnd);
}

/** Whether nothing else looks like this: a known command, or a string or an array that is there as a whole. */
function isDistinct(bytes: Uint8Array, line: RespLine, command: string | undefined, behind: RespEnd): boolean {
  if (command !== undefined) return true;
  if (typeof behind !== 'number') return false;
  const number = respNumber(bytes, line) ?? -1;
  return ('$='.includes(line.sign) && number > 0) || ('*%~>'.includes(line.sign) && number > 0);
}

function replyName(bytes: Uint8Array, line: RespLine): string {
  const number = respNumber(bytes, line) ?? -1;
  switch (line.sign) {
    case '+':
      return stringName(textOf(bytes, line));
    case '-':
      return errorName(textOf(bytes, line));
    case ':':
      return 'integer';
    case '$':
      return number === -1 ? 'null' : `bulk of ${number} bytes`;
    case '*':
      return number === -1 ? 'null' : `array of ${number}`;
    case '_':
      return 'null';
    case '#':
      return 'boolean';
    case ',':
      return 'double';
    case '(':
      return 'big number';
    case '!':
      return 'error';
    case '=':
      return `verbatim string of ${number} bytes`;
    case '%':
      return `map of ${number}`;
    case '~':
      return `set of ${number}`;
    case '>':
      return 'push';
    default:
      return `attribute of ${number}`;
  }
}

function stringName(text: string): string {
  const [first = ''] = text.split(' ');
  return knownStrings.has(text) || first === 'CONTINUE' || first === 'FULLRESYNC'
    ? first === 'Background'
      ? text
      : first
    : 'string';
}

/** An error begins with a word in capitals that tells its kind: `WRONGTYPE`. */
function errorName(text: string): string {
  const [kind] = /^[A-Z]{2,20}(?= |$)/.exec(text) ?? [];
  return kind === undefined ? 'error' : `error ${kind}`;
}

function textOf(bytes: Uint8Array, { start, end }: RespLine): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
