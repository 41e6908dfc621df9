/** What the first bytes of a connection are, read as the beginning of TLS. */
export type DecodedHello =
  /** The beginning of a ClientHello; nothing can be told before `needs` bytes are there, counted from the first. */
  | { readonly state: 'incomplete'; readonly needs: number }
  /** It is not TLS, or not well-formed. */
  | { readonly state: 'invalid'; readonly reason: string }
  /** A whole ClientHello, with the server name that it asks for, in lower case and without a dot at its end. */
  | { readonly state: 'complete'; readonly serverName?: string };

/**
 * The most bytes, those of record headers included, that a ClientHello may take. Real ones take some hundred to some thousand; the message
 * alone could say 16 MiB.
 */
export const maxHello = 68 * 1024;

const recordHeader = 5;
const handshakeHeader = 4;
const handshakeRecord = 22;
/** The most that one record may hold (RFC 8446, section 5.1). */
const maxRecord = 2 ** 14;

/**
 * Reads the server name out of the ClientHello at the beginning of `bytes`, which may be spread over any number of records.
 * @see RFC 8446, sections 4.1.2 and 5.1, and RFC 6066, section 3
 */
export function readClientHello(bytes: Uint8Array): DecodedHello {
  const parts: Uint8Array[] = [];
  let gathered = 0;
  let size: number | undefined;
  for (let at = 0; ; ) {
    const wrong = problemOfRecord(bytes.subarray(at, at + recordHeader));
    if (wrong !== undefined) return { state: 'invalid', reason: wrong };
    if (bytes.length < at + recordHeader) return incomplete(at + recordHeader);
    const length = uint16(bytes, at + 3);
    const part = bytes.subarray(at + recordHeader, at + recordHeader + length);
    parts.push(part);
    gathered += part.length;
    at += recordHeader + length;

    if (size === undefined) {
      const header = Buffer.concat(parts).subarray(0, handshakeHeader);
      if (header.length > 0 && header[0] !== 1)
        return { state: 'invalid', reason: `TLS begins with the handshake message ${header[0]}, not with a ClientHello` };
      if (header.length === handshakeHeader) size = handshakeHeader + header.readUIntBE(1, 3);
    }
    if (size !== undefined && gathered >= size) return readMessage(Buffer.concat(parts).subarray(handshakeHeader, size));
    const missing = (size ?? handshakeHeader) - gathered;
    const inRecord = at - bytes.length;
    // What does not fit into this record needs another one with its header.
    const needs = missing <= inRecord ? bytes.length + missing : at + recordHeader + missing - Math.max(0, inRecord);
    if (needs > maxHello) return { state: 'invalid', reason: `the ClientHello takes more than ${maxHello} bytes` };
    if (inRecord > 0 || at === bytes.length) return incomplete(needs);
  }
}

/**
 * Whether a server name is the one that a route is for: `www.example.com`, or `*.example.com` for every name with one label more, as in
 * certificates (RFC 6125, section 6.4.3). Case and a dot at the end do not count.
 */
export function matchServerName(pattern: string, name: string | undefined): boolean {
  if (name === undefined) return false;
  const wanted = canonical(pattern);
  const asked = canonical(name);
  if (!wanted.startsWith('*.')) return asked === wanted;
  const dot = asked.indexOf('.');
  return dot > 0 && asked.slice(dot) === wanted.slice(1);
}

function problemOfRecord(header: Uint8Array): string | undefined {
  const [type, major] = header;
  if (type === undefined) return undefined;
  if (type >= 0x80) return 'it begins as SSL 2.0 does, which has no server name';
  if (type !== handshakeRecord) return `it begins with the byte ${type}, not with a handshake record of TLS`;
  if (major !== undefined && major !== 3) return `its record has the version ${major}, not one of TLS`;
  if (header.length < recordHeader) return undefined;
  const length = uint16(header, 3);
  if (length === 0) return 'a handshake record is empty';
  if (length > maxRecord) return `a record of ${length} bytes is longer than TLS allows`;
  return undefined;
}

function incomplete(needs: number): DecodedHello {
  return { state: 'incomplete', needs };
}

/** Thrown by a {@link Cursor} whose bytes end before what they promise, and by what reads from it. */
class Malformed extends Error {}

/** Reads vectors one behind the other. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new Malformed('a length in it points behind its end');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint8(): number {
    return this.take(1)[0] ?? 0;
  }

  uint16(): number {
    return uint16(this.take(2), 0);
  }
}

function readMessage(message: Uint8Array): DecodedHello {
  try {
    const serverName = nameIn(message);
    return { state: 'complete', ...(serverName !== undefined && { serverName }) };
  } catch (error) {
    if (error instanceof Malformed) return { state: 'invalid', reason: `the ClientHello is not well-formed: ${error.message}` };
    throw error;
  }
}

function nameIn(message: Uint8Array): string | undefined {
  const hello = new Cursor(message);
  hello.take(2 + 32);
  hello.take(hello.uint8());
  hello.take(hello.uint16());
  hello.take(hello.uint8());
  // TLS 1.2 and before may have none.
  if (hello.atEnd) return undefined;
  const extensions = new Cursor(hello.take(hello.uint16()));
  if (!hello.atEnd) throw new Malformed('something follows its extensions');
  let found: Uint8Array | undefined;
  while (!extensions.atEnd) {
    const type = extensions.uint16();
    const content = extensions.take(extensions.uint16());
    if (type !== 0) continue;
    if (found !== undefined) throw new Malformed('it has two server names');
    found = content;
  }
  return found && hostNameIn(found);
}

function hostNameIn(extension: Uint8Array): string | undefined {
  const outer = new Cursor(extension);
  const list = new Cursor(outer.take(outer.uint16()));
  if (!outer.atEnd) throw new Malformed('something follows the list of its server names');
  let name: string | undefined;
  while (!list.atEnd) {
    const type = list.uint8();
    const content = Buffer.from(list.take(list.uint16())).toString('latin1');
    if (type !== 0) continue;
    if (name !== undefined) throw new Malformed('it has two server names');
    name = canonical(content);
    if (!/^[\x21-\x7e]{1,255}$/.test(name)) throw new Malformed('its server name is not a host name');
  }
  return name;
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
