import { shortAt } from '../big-endian.ts';

/** What a client or a server says at first, as far as it was captured. */
export interface Hello {
  readonly version: string | undefined;
  readonly serverName: string | undefined;
  readonly alpn: readonly string[];
  /** Whether a server wants to hear another hello (RFC 8446, section 4.1.4). */
  readonly isRetry: boolean;
}

const extensionTypes = { serverName: 0, alpn: 16, supportedVersions: 43 } as const;

/** What a server sends instead of something random when it wants another hello: SHA-256 of `HelloRetryRequest`. */
const retryRandom = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

/** RFC 8446, section 4.1.2. @param at behind the header of the handshake message @param isWhole whether it ends there, or what was captured does */
export function clientHello(bytes: Uint8Array, at: number, end: number, isWhole: boolean): Hello {
  // version, random, and three lists with their lengths before them
  const session = at + 34;
  const suites = behindList(bytes, session, end, 1);
  const compressions = behindList(bytes, suites, end, 2);
  const extensions = behindList(bytes, compressions, end, 1);
  return { ...extensionsOf(bytes, at, extensions, end, isWhole, true), isRetry: false };
}

/** RFC 8446, section 4.1.3. The parameters are those of a client's. */
export function serverHello(bytes: Uint8Array, at: number, end: number, isWhole: boolean): Hello {
  // version, random, a list, the suite and the compression that were chosen
  const extensions = behindList(bytes, at + 34, end, 1) + 3;
  const isRetry = at + 34 <= end && Buffer.from(bytes.subarray(at + 2, at + 34)).toString('hex') === retryRandom;
  return { ...extensionsOf(bytes, at, extensions, end, isWhole, false), isRetry };
}

/** Behind a list with its length before it; beyond the end where that is not there. */
function behindList(bytes: Uint8Array, at: number, end: number, width: 1 | 2): number {
  if (at + width > end) return end + 1;
  return at + width + (width === 1 ? (bytes[at] ?? 0) : shortAt(bytes, at));
}

function extensionsOf(
  bytes: Uint8Array,
  hello: number,
  start: number,
  end: number,
  isWhole: boolean,
  isClient: boolean,
): Pick<Hello, 'version' | 'serverName' | 'alpn'> {
  let version: string | undefined;
  let serverName: string | undefined;
  let alpn: readonly string[] = [];
  let at = start + 2;
  // one of an old client ends before them
  const isBare = isWhole && start === end;
  const last = isBare ? end : start + 2 <= end ? start + 2 + shortAt(bytes, start) : end + 1;
  if (isBare) at = end;
  while (at + 4 <= Math.min(end, last)) {
    const type = shortAt(bytes, at);
    const content = at + 4;
    const contentEnd = content + shortAt(bytes, at + 2);
    if (contentEnd > Math.min(end, last)) break;
    if (type === extensionTypes.serverName && isClient) serverName = nameIn(bytes, content, contentEnd);
    if (type === extensionTypes.alpn) alpn = protocolsIn(bytes, content, contentEnd);
    if (type === extensionTypes.supportedVersions)
      version = isClient ? newestOf(bytes, content, contentEnd) : versionName(shortAt(bytes, content));
    at = contentEnd;
  }
  // what was not captured may name another version
  const isRead = at === last && last <= end;
  if (version === undefined && isRead && hello + 2 <= end) version = versionName(shortAt(bytes, hello));
  return { version, serverName, alpn };
}

/** RFC 6066, section 3. */
function nameIn(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = start + 5 <= end ? shortAt(bytes, start + 3) : 0;
  if (length === 0 || start + 5 + length > end || bytes[start + 2] !== 0) return undefined;
  return visible(bytes, start + 5, start + 5 + length);
}

/** RFC 7301, section 3.1. */
function protocolsIn(bytes: Uint8Array, start: number, end: number): string[] {
  const protocols: string[] = [];
  for (let at = start + 2; at < end; ) {
    const next = at + 1 + (bytes[at] ?? 0);
    if (next > end) break;
    // those that only look whether others take what they do not know are left out (RFC 8701)
    const isGrease = next - at === 3 && isGreaseWord(shortAt(bytes, at + 1));
    if (next > at + 1 && !isGrease) protocols.push(visible(bytes, at + 1, next));
    at = next;
  }
  return protocols;
}

/** The newest version that a client offers. */
function newestOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  let newest = 0;
  for (let at = start + 1; at + 2 <= end; at += 2) {
    const version = shortAt(bytes, at);
    if (version > newest && versionName(version) !== undefined) newest = version;
  }
  return versionName(newest);
}

/** `1.3`; undefined for what is none that is in use. */
function versionName(version: number): string | undefined {
  if (version === 0x0300) return 'SSL 3.0';
  return version > 0x0300 && version <= 0x0304 ? `1.${version - 0x0301}` : undefined;
}

function isGreaseWord(word: number): boolean {
  return (word & 0x0f0f) === 0x0a0a && word >> 8 === (word & 0xff);
}

/** What cannot be printed as `\xff`. */
function visible(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    text += byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}
