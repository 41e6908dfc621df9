/** How each byte is written. */
const letters: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  if (byte < 0x20 || byte > 0x7e) return `\\${String(byte).padStart(3, '0')}`;
  return letter === '"' || letter === '\\' ? `\\${letter}` : letter;
});

/** Bytes as a zone file has them within quotes: what cannot be printed is its number (RFC 1035, section 5.1). */
export function escaped(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += letters[byte];
  return text;
}

/** The same in quotes. */
export function quoted(bytes: Uint8Array): string {
  return `"${escaped(bytes)}"`;
}
