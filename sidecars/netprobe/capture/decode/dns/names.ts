/** A name of DNS, and where it ends in the message. */
export interface DnsName {
  /** With a dot at its end; that of the root is the dot alone. */
  readonly text: string;
  /** Behind its last byte, or behind the first pointer in it. */
  readonly end: number;
}

/** RFC 1035, section 2.3.4: what a name may take, with its lengths. */
const longestName = 255;

/**
 * Reads a name (RFC 1035, section 4.1.4). Pointers only lead back, so that no name leads to itself.
 * @param from where the message begins, to which pointers are counted.
 * @param end behind the last byte of the message.
 * @returns undefined where it is cut, or no name.
 */
export function dnsName(bytes: Uint8Array, from: number, start: number, end: number): DnsName | undefined {
  let text = '';
  let at = start;
  let behind = 0;
  let lowest = start;
  for (let size = 1; ; ) {
    if (at >= end) return undefined;
    const length = bytes[at] ?? 0;
    if (length === 0) return { text: text === '' ? '.' : text, end: behind || at + 1 };
    if (length >= 0xc0) {
      const to = from + (((length & 0x3f) << 8) | (bytes[at + 1] ?? 0));
      if (at + 1 >= end || to >= lowest) return undefined;
      behind ||= at + 2;
      at = to;
      lowest = to;
      continue;
    }
    size += length + 1;
    if (length > 63 || size > longestName || at + 1 + length > end) return undefined;
    text += `${label(bytes, at + 1, length)}.`;
    at += 1 + length;
  }
}

function label(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let next = at; next < at + length; next += 1) text += letters[bytes[next] ?? 0];
  return text;
}

/**
 * How each byte is written: what a zone file would take for something else has a backslash before it, what cannot be printed is its number
 * (RFC 1035, section 5.1).
 */
const letters: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  if (byte <= 0x20 || byte > 0x7e) return `\\${String(byte).padStart(3, '0')}`;
  return '".;\\()@$'.includes(letter) ? `\\${letter}` : letter;
});
