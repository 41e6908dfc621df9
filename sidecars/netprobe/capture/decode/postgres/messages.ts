import { longAt } from '../big-endian.ts';
import type { Named } from '../packet.ts';
import { fromClients, fromServers, type PostgresKind } from './kinds.ts';
import { anything } from './shapes.ts';

/** Where PostgreSQL and its poolers listen. */
const postgresPorts: readonly number[] = [5432, 5433, 6432];

/** More messages than a line has room for. */
const mostMessages = 64;

/** No message that begins with text is taken for one: its length would be more. */
const longestMessage = 2 ** 27;

/** A message of any content is no longer than that, where not all of it is there. */
const longestUnknown = 2 ** 20;

/** What connections begin with instead of a message: lengths and codes. */
const openings: Readonly<Record<number, string>> = {
  196608: 'StartupMessage',
  196610: 'StartupMessage',
  80877102: 'CancelRequest',
  80877103: 'SSLRequest',
  80877104: 'GSSENCRequest',
};

/** What a server answers to a request for encryption: one byte. */
const answers: Readonly<Record<string, string>> = {
  S: 'SSL accepted',
  G: 'GSS encryption accepted',
  N: 'encryption refused',
};

interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** How much payload there was on the wire, in bytes. */
  readonly payload: number;
}

/**
 * Tells the messages of PostgreSQL in a segment by their names (protocol 3), where it begins with one; of what they say only the code of an
 * error. Without a port that is known a segment has to be messages to its last byte.
 * @returns undefined where they are none
 */
export function postgresMessages(ports: Ports, bytes: Uint8Array, start: number, end: number): Named | undefined {
  const opening = openingOf(ports, bytes, start, end);
  if (opening !== undefined) return { type: 'postgres', messages: [opening] };
  const isToServer = postgresPorts.includes(ports.destinationPort);
  const isFromServer = postgresPorts.includes(ports.sourcePort);
  if (isFromServer && end - start === 1 && ports.payload === 1) {
    const answer = answers[String.fromCharCode(bytes[start] ?? 0)];
    return answer === undefined ? undefined : { type: 'postgres', messages: [answer] };
  }
  const isKnown = isToServer || isFromServer;
  const messages =
    (isToServer || !isKnown ? chainOf(fromClients, bytes, start, end, isKnown) : undefined) ??
    (isFromServer || !isKnown ? chainOf(fromServers, bytes, start, end, isKnown) : undefined);
  return messages === undefined ? undefined : { type: 'postgres', messages };
}

function openingOf({ payload }: Ports, bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start < 8) return undefined;
  const length = longAt(bytes, start);
  const name = openings[longAt(bytes, start + 4)];
  if (name === undefined) return undefined;
  // some clients ask for encryption and go on without waiting, and that is not for us
  const isRight = name.endsWith('Request') && name !== 'CancelRequest' ? length === 8 : length >= 9 && length === payload;
  return isRight ? name : undefined;
}

/** The names of messages, one behind the other; undefined where something else is among them. */
function chainOf(
  kinds: Readonly<Record<string, PostgresKind>>,
  bytes: Uint8Array,
  start: number,
  end: number,
  isKnown: boolean,
): string[] | undefined {
  const messages: string[] = [];
  let isSure = isKnown;
  let at = start;
  while (at < end && messages.length < mostMessages) {
    const kind = kinds[String.fromCharCode(bytes[at] ?? 0)];
    if (kind === undefined) return undefined;
    if (end - at < 5) break;
    const length = longAt(bytes, at + 1);
    if (length < 4 || length > (kind.longest ?? longestMessage)) return undefined;
    const next = at + 1 + length;
    const contentEnd = Math.min(next, end);
    if (!kind.shape(bytes, at + 5, contentEnd, next - contentEnd)) return undefined;
    // what may be anything is known by its length alone
    if (kind.shape === anything && next > end && length > longestUnknown) return undefined;
    messages.push(nameOf(kind, bytes, at + 5, contentEnd));
    isSure ||= kind.shape !== anything;
    at = next;
  }
  return isSure && messages.length > 0 && (isKnown || at === end) ? messages : undefined;
}

const authentications: Readonly<Record<number, string>> = {
  0: 'AuthenticationOk',
  2: 'AuthenticationKerberosV5',
  3: 'AuthenticationCleartextPassword',
  5: 'AuthenticationMD5Password',
  7: 'AuthenticationGSS',
  8: 'AuthenticationGSSContinue',
  9: 'AuthenticationSSPI',
  10: 'AuthenticationSASL',
  11: 'AuthenticationSASLContinue',
  12: 'AuthenticationSASLFinal',
};

function nameOf({ name }: PostgresKind, bytes: Uint8Array, start: number, end: number): string {
  if (name === 'Authentication') return end - start < 4 ? name : (authentications[longAt(bytes, start)] ?? name);
  if (name === 'PasswordMessage') return passwordName(bytes.subarray(start, end));
  if (name !== 'ErrorResponse') return name;
  const code = stateOf(bytes, start, end);
  return code === undefined ? name : `${name} ${code}`;
}

/** All answers to a request for authentication begin with the same byte; what is behind it tells them apart. */
function passwordName(content: Uint8Array): string {
  const zero = content.indexOf(0);
  if (zero === content.length - 1) return 'PasswordMessage';
  const text = Buffer.from(content.subarray(0, 16)).toString('latin1');
  if (/^SCRAM-SHA-|^OAUTHBEARER\0/.test(text)) return 'SASLInitialResponse';
  return zero === -1 ? 'SASLResponse' : 'GSSResponse';
}

/** The SQLSTATE of an error: five letters or digits in the field `C`. */
function stateOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  for (let at = start; at < end && bytes[at] !== 0; ) {
    const zero = bytes.subarray(at, end).indexOf(0);
    if (zero === -1) return undefined;
    const value = Buffer.from(bytes.subarray(at + 1, at + zero)).toString('latin1');
    if (bytes[at] === 0x43) return /^[0-9A-Z]{5}$/.test(value) ? value : undefined;
    at += zero + 1;
  }
  return undefined;
}
