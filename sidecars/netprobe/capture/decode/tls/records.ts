import { shortAt, threeAt } from '../big-endian.ts';
import type { Tls } from '../packet.ts';
import { alertName } from './alerts.ts';
import { clientHello, type Hello, serverHello } from './hello.ts';

/** Content of records (RFC 8446, section 5.1). */
const contents = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

/** RFC 8446, section 5.2, and what older versions allow. */
const longestRecord = 2 ** 14 + 2048;
const header = 5;

const handshakes: Readonly<Record<number, string>> = {
  0: 'hello request',
  1: 'client hello',
  2: 'server hello',
  4: 'new session ticket',
  11: 'certificate',
  12: 'server key exchange',
  13: 'certificate request',
  14: 'server hello done',
  15: 'certificate verify',
  16: 'client key exchange',
  20: 'finished',
  22: 'certificate status',
};

/** More messages than a segment has where nobody means it. */
const mostMessages = 32;

/** A handshake message that is longer than that is none: what stands there is encrypted. */
const longestHandshake = 2 ** 18;

/**
 * Takes records of TLS apart, where the payload begins with one (RFC 8446, and 5246 for those before).
 * @returns undefined where it does not
 */
export function tlsRecords(bytes: Uint8Array, start: number, end: number): Tls | undefined {
  const messages: string[] = [];
  let hello: Hello | undefined;
  for (let at = start; at < end; at += header + shortAt(bytes, at + 3)) {
    // the header of the next one may be cut, and then it is not known what it is
    if (end - at < header && at > start) break;
    if (!isRecord(bytes, at, end)) return undefined;
    const content = at + header;
    const contentEnd = Math.min(end, content + shortAt(bytes, at + 3));
    const isCut = content + shortAt(bytes, at + 3) > end;
    if (bytes[at] === contents.handshake) hello = takeHandshake(bytes, content, contentEnd, isCut, messages) ?? hello;
    else add(messages, nameOf(bytes, bytes[at] ?? 0, content, contentEnd, isCut));
  }
  const { version, serverName, alpn = [] } = hello ?? {};
  return { type: 'tls', message: messages.join(', '), version, serverName, alpn };
}

/** Whether a record begins there: its content, version and length are those of one. */
function isRecord(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < header) return false;
  const content = bytes[at] ?? 0;
  const length = shortAt(bytes, at + 3);
  if (content < contents.changeCipherSpec || content > contents.applicationData) return false;
  if (bytes[at + 1] !== 3 || (bytes[at + 2] ?? 0) > 4) return false;
  if (content === contents.changeCipherSpec) return length === 1;
  // only application data may be empty
  return length <= longestRecord && (length > 0 || content === contents.applicationData);
}

function nameOf(bytes: Uint8Array, content: number, at: number, end: number, isCut: boolean): string {
  if (content === contents.changeCipherSpec) return 'change cipher spec';
  if (content === contents.applicationData) return 'application data';
  const level = bytes[at] ?? 0;
  const isPlain = end - at === 2 && !isCut && (level === 1 || level === 2);
  return isPlain ? `alert: ${alertName(bytes[at + 1] ?? 0)}` : 'encrypted alert';
}

/** Tells the messages of a handshake record. @returns what a hello in it says */
function takeHandshake(bytes: Uint8Array, start: number, end: number, isCut: boolean, messages: string[]): Hello | undefined {
  const names: string[] = [];
  let hello: Hello | undefined;
  for (let at = start; at < end; ) {
    const type = bytes[at] ?? 0;
    const name = handshakes[type];
    const bodyEnd = at + 4 + (at + 4 <= end ? threeAt(bytes, at + 1) : 0);
    // a long one goes on in the next record
    const goesOn = isCut || type === 1 || type === 2 || type === 11;
    if (name === undefined || bodyEnd - at > longestHandshake || (bodyEnd > end && !goesOn)) {
      add(messages, 'encrypted handshake');
      return undefined;
    }
    if (type === 1) hello = clientHello(bytes, at + 4, Math.min(end, bodyEnd), bodyEnd <= end);
    if (type === 2) hello = serverHello(bytes, at + 4, Math.min(end, bodyEnd), bodyEnd <= end);
    add(names, hello?.isRetry ? 'hello retry request' : name);
    at = bodyEnd;
  }
  for (const name of names) add(messages, name);
  return hello;
}

/** Repeats nothing: a segment may hold many records of data. */
function add(messages: string[], name: string): void {
  if (messages.at(-1) !== name && messages.length < mostMessages) messages.push(name);
}
