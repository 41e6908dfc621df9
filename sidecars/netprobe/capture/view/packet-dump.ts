/** How many bytes a line shows. */
const perLine = 16;

/** Where in a line its text begins, behind the digits: eight groups of a space and four of them, and two spaces. */
const textColumn = 40 + 2;

/** More than a line has, before the digits and with them. */
const longestLine = 16 + textColumn + perLine;

const hexDigits = Buffer.from('0123456789abcdef');
const space = 0x20;
const dot = 0x2e;
const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** What a byte is shown as beside its digits: itself, where it is visible ASCII and no space. */
const visible = Uint8Array.from({ length: 256 }, (_, byte) => (byte > space && byte < 0x7f ? byte : dot));

/** What it is shown as in text: spaces, tabs and line feeds too. */
const textual = visible.map((shown, byte) => (byte === space || byte === tab || byte === lineFeed ? byte : shown));

/** Bytes in hexadecimal and ASCII, in the layout of tcpdump -X: each line begins with a newline and a tab. */
export function hexText(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.alloc(Math.ceil((end - start) / perLine) * longestLine, space);
  let length = 0;
  for (let line = start; line < end; line += perLine) {
    length += text.write(`\n\t0x${(line - start).toString(16).padStart(4, '0')}: `, length, 'latin1');
    const count = Math.min(perLine, end - line);
    for (let index = 0; index < count; index += 1) {
      const byte = bytes[line + index] ?? 0;
      const place = length + 2 * index + ((index + 2) >> 1);
      text[place] = hexDigits[byte >> 4] ?? dot;
      text[place + 1] = hexDigits[byte & 15] ?? dot;
      text[length + textColumn + index] = visible[byte] ?? dot;
    }
    length += textColumn + count;
  }
  return text.toString('latin1', 0, length);
}

/** Bytes as text, as tcpdump -A has them: what does not show is a dot, and carriage returns at the end of a line are left out. It begins with a newline. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.allocUnsafe(end - start + 1);
  text[0] = lineFeed;
  let length = 1;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === carriageReturn && (end - at <= 2 || bytes[at + 1] === lineFeed)) continue;
    text[length] = textual[byte] ?? dot;
    length += 1;
  }
  return text.toString('latin1', 0, length);
}
