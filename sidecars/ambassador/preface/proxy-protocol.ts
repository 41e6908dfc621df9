import { formatGroups, formatIp, isMapped, mapped, parseIp, unmapped } from './ip.ts';

/** One end of a client's connection. */
export type EndAddress =
  | { readonly type: 'tcp'; readonly address: string; readonly port: number }
  /** The path is empty where the socket has no name, and begins with NUL where its name is abstract (unix(7)). */
  | { readonly type: 'unix'; readonly path: string };

/** Both ends of a client's connection: who it comes from, and where it was accepted. */
export interface Ends {
  readonly source: EndAddress;
  readonly destination: EndAddress;
}

/** What the first bytes of a connection are, read as a PROXY header. */
export type DecodedHeader =
  /** The beginning of one; nothing can be told before `needs` bytes are there, counted from the first. */
  | { readonly state: 'incomplete'; readonly needs: number }
  | { readonly state: 'invalid'; readonly reason: string }
  /** A header of `length` bytes. It has no addresses where its sender knows none (UNKNOWN, LOCAL, UNSPEC), or where they are of datagrams. */
  | { readonly state: 'complete'; readonly length: number; readonly source?: EndAddress; readonly destination?: EndAddress };

/** The longest line of version 1, with its line end. */
export const maxLine = 107;
/**
 * The most that may follow the 16 bytes of a header of version 2. Its length field could say 65,535, of which addresses take 216; the rest
 * are TLVs that are skipped, so what is accepted stays far below what one client could make us keep.
 */
export const maxBlock = 4096;

const signature = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const lineStart = Uint8Array.from('PROXY ', (character) => character.charCodeAt(0));
const unixPath = 108;

/**
 * The PROXY header that tells a backend of a client's connection.
 * Addresses of two families are both written as IPv6, the one of IPv4 mapped; a header cannot hold other mixtures, nor version 1 Unix sockets:
 * then it says that the addresses are unknown.
 * @param ends none where the connection is our own, such as a check: version 2 then says LOCAL.
 * @see https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt sections 2.1 and 2.2
 */
export function encode(version: 'v1' | 'v2', ends?: Ends): Buffer {
  const pair = ends && pairOf(ends);
  if (version === 'v1') return Buffer.from(pair?.type === 'tcp' ? lineOf(pair) : 'PROXY UNKNOWN\r\n', 'latin1');
  if (ends === undefined) return block(0x20, 0x00, []);
  if (pair === undefined) return block(0x21, 0x00, []);
  if (pair.type === 'unix') return block(0x21, 0x31, [padded(pair.source), padded(pair.destination)]);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(pair.sourcePort, 0);
  ports.writeUInt16BE(pair.destinationPort, 2);
  return block(0x21, pair.source.length === 4 ? 0x11 : 0x21, [pair.source, pair.destination, ports]);
}

/**
 * Reads a PROXY header of either version at the beginning of `bytes`, behind which anything may follow.
 * What cannot become a header is found at its first wrong byte. TLVs and their checksum are not looked at.
 */
export function decode(bytes: Uint8Array): DecodedHeader {
  if (bytes.length === 0) return { state: 'incomplete', needs: 1 };
  const start = bytes[0] === lineStart[0] ? lineStart : signature;
  const wrong = bytes.subarray(0, start.length).findIndex((byte, index) => byte !== start[index]);
  if (wrong >= 0) return invalid(`byte ${wrong} is ${hex(bytes[wrong])}, as in no PROXY header`);
  if (bytes.length < start.length) return { state: 'incomplete', needs: start.length };
  return start === lineStart ? decodeLine(bytes) : decodeBlock(bytes);
}

type Pair =
  | { type: 'tcp'; source: Uint8Array; destination: Uint8Array; sourcePort: number; destinationPort: number }
  | { type: 'unix'; source: Buffer; destination: Buffer };

function pairOf({ source, destination }: Ends): Pair | undefined {
  if (source.type === 'unix' && destination.type === 'unix') {
    const paths = { source: Buffer.from(source.path), destination: Buffer.from(destination.path) };
    const fits = paths.source.length <= unixPath && paths.destination.length <= unixPath;
    return fits ? { type: 'unix', ...paths } : undefined;
  }
  if (source.type === 'unix' || destination.type === 'unix') return undefined;
  const from = parseIp(source.address);
  const to = parseIp(destination.address);
  if (from === undefined || to === undefined) return undefined;
  const ports = { sourcePort: source.port, destinationPort: destination.port };
  const isIpv4 = [from, to].every((address) => address.length === 4 || isMapped(address));
  if (isIpv4) return { type: 'tcp', source: shortest(from), destination: shortest(to), ...ports };
  return { type: 'tcp', source: mapped(from), destination: mapped(to), ...ports };
}

function shortest(address: Uint8Array): Uint8Array {
  return address.length === 4 ? address : unmapped(address);
}

function lineOf({ source, destination, sourcePort, destinationPort }: Extract<Pair, { type: 'tcp' }>): string {
  const [family, write] = source.length === 4 ? ['TCP4', formatIp] : ['TCP6', formatGroups];
  return `PROXY ${family} ${write(source)} ${write(destination)} ${sourcePort} ${destinationPort}\r\n`;
}

function block(command: number, family: number, parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([signature, Uint8Array.of(command, family, content.length >> 8, content.length & 0xff), content]);
}

function padded(path: Buffer): Buffer {
  return Buffer.concat([path, Buffer.alloc(unixPath - path.length)]);
}

function decodeLine(bytes: Uint8Array): DecodedHeader {
  const end = bytes.subarray(0, maxLine).findIndex((byte) => byte === 0x0d || byte === 0x0a);
  if (end < 0)
    return bytes.length < maxLine
      ? { state: 'incomplete', needs: bytes.length + 1 }
      : invalid(`the line does not end within ${maxLine} bytes`);
  const isCut = bytes[end] === 0x0d && end + 1 < maxLine && bytes.length === end + 1;
  if (isCut) return { state: 'incomplete', needs: end + 2 };
  if (bytes[end] !== 0x0d || bytes[end + 1] !== 0x0a || end + 2 > maxLine)
    return invalid(`the line does not end with CR and LF within ${maxLine} bytes`);
  const length = end + 2;
  const line = Buffer.from(bytes.subarray(lineStart.length, end)).toString('latin1');
  if (/^UNKNOWN( |$)/.test(line)) return { state: 'complete', length };
  const [family, from = '', to = '', fromPort = '', toPort = '', more] = line.split(' ');
  if (family !== 'TCP4' && family !== 'TCP6') return invalid(`its protocol is ${quoted(family)}, not TCP4, TCP6 or UNKNOWN`);
  if (more !== undefined) return invalid('the line has more than two addresses and two ports');
  const source = endOf(from, fromPort, family === 'TCP4' ? 4 : 16);
  const destination = endOf(to, toPort, family === 'TCP4' ? 4 : 16);
  if (source === undefined) return invalid(`${quoted(from)} with port ${quoted(fromPort)} is no end of ${family}`);
  if (destination === undefined) return invalid(`${quoted(to)} with port ${quoted(toPort)} is no end of ${family}`);
  return { state: 'complete', length, source, destination };
}

function endOf(address: string, port: string, size: number): EndAddress | undefined {
  const ip = address.includes('%') ? undefined : parseIp(address);
  if (ip?.length !== size || !/^(0|[1-9]\d{0,4})$/.test(port) || Number(port) > 65_535) return undefined;
  return { type: 'tcp', address: formatIp(ip), port: Number(port) };
}

function decodeBlock(bytes: Uint8Array): DecodedHeader {
  const [command, family, high, low] = bytes.subarray(signature.length);
  if (command === undefined) return { state: 'incomplete', needs: 16 };
  if (command !== 0x20 && command !== 0x21) return invalid(`its version and command are ${hex(command)}, not 0x20 or 0x21`);
  if (family === undefined) return { state: 'incomplete', needs: 16 };
  // A LOCAL header has the family ignored, whatever it is.
  const isLocal = command === 0x20;
  if (!isLocal && (family >> 4 > 3 || (family & 0x0f) > 2)) return invalid(`its address family and protocol are ${hex(family)}`);
  if (high === undefined || low === undefined) return { state: 'incomplete', needs: 16 };
  const size = (high << 8) | low;
  if (size > maxBlock) return invalid(`it says that it has ${size} more bytes; at most ${maxBlock} are accepted`);
  const layout = isLocal ? undefined : streams.get(family);
  if (layout && size < layout.size) return invalid(`it has ${size} bytes, fewer than the ${layout.size} of its addresses`);
  const length = 16 + size;
  if (bytes.length < length) return { state: 'incomplete', needs: length };
  return { state: 'complete', length, ...layout?.read(Buffer.from(bytes.subarray(16, length))) };
}

/** How the addresses of each stream protocol are laid out. Other combinations that the specification has are taken as UNSPEC, as it allows. */
const streams = new Map<number, { readonly size: number; readonly read: (content: Buffer) => Ends }>([
  [0x11, { size: 12, read: (content) => tcpEnds(content, 4) }],
  [0x21, { size: 36, read: (content) => tcpEnds(content, 16) }],
  [0x31, { size: 2 * unixPath, read: (content) => ({ source: unixEnd(content, 0), destination: unixEnd(content, unixPath) }) }],
]);

function tcpEnds(content: Buffer, size: number): Ends {
  const end = (at: number, portAt: number): EndAddress => ({
    type: 'tcp',
    address: formatIp(content.subarray(at, at + size)),
    port: content.readUInt16BE(portAt),
  });
  return { source: end(0, 2 * size), destination: end(size, 2 * size + 2) };
}

function unixEnd(content: Buffer, at: number): EndAddress {
  const field = content.subarray(at, at + unixPath);
  const end = field.indexOf(0, 1);
  const path = field.subarray(0, end < 0 ? unixPath : end).toString();
  return { type: 'unix', path: path === '\0' ? '' : path };
}

function invalid(reason: string): DecodedHeader {
  return { state: 'invalid', reason };
}

function hex(byte = 0): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

function quoted(text = ''): string {
  return JSON.stringify(text);
}
