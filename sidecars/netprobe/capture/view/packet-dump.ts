/** The width of the hexadecimal half: eight groups of a space and four digits. */
const hexWidth = 40;

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes in hexadecimal and ASCII, in the layout of tcpdump -X: each line begins with a newline and a tab. */
export function hexText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let line = start; line < end; line += 16) {
    const lineEnd = Math.min(end, line + 16);
    let hex = '';
    let ascii = '';
    for (let at = line; at < lineEnd; at += 1) {
      const byte = bytes[at] ?? 0;
      hex += (at - line) % 2 === 0 ? ` ${hexOf[byte]}` : hexOf[byte];
      ascii += byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
    }
    text += `\n\t0x${(line - start).toString(16).padStart(4, '0')}: ${hex.padEnd(hexWidth)}  ${ascii}`;
  }
  return text;
}

/** Bytes as text, as tcpdump -A has them: what does not show is a dot, and carriage returns at the end of a line are left out. It begins with a newline. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = '\n';
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x0d) text += end - at > 2 && bytes[at + 1] !== 0x0a ? '.' : '';
    else text += (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a ? String.fromCharCode(byte) : '.';
  }
  return text;
}
