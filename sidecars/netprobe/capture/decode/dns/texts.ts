/** Bytes as a zone file has them within quotes: what cannot be printed is its number (RFC 1035, section 5.1). */
export function escaped(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte < 0x20 || byte > 0x7e) text += `\\${String(byte).padStart(3, '0')}`;
    else text += byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
  }
  return text;
}

/** The same in quotes. */
export function quoted(bytes: Uint8Array): string {
  return `"${escaped(bytes)}"`;
}
