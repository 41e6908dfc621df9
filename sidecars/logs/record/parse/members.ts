const quote = 0x22;
const backslash = 0x5c;

/** A member of a JSON object, as it stands in its text. */
export interface Member {
  /** The name as a JSON string in its plainest form, so that two spellings of a name are the same. */
  readonly name: string;
  /** The value in JSON. */
  readonly value: string;
}

/** The members of a JSON object, given as its text, which is known to be well-formed. Values are not touched: a long number keeps all its digits. */
export function membersOf(text: string): Member[] {
  const members: Member[] = [];
  let at = text.indexOf('{') + 1;
  for (;;) {
    const begin = text.indexOf('"', at);
    if (begin < 0) return members;
    const behind = stringEnd(text, begin);
    const raw = text.slice(begin, behind);
    const start = skipSpace(text, text.indexOf(':', behind) + 1);
    const end = valueEnd(text, start);
    members.push({ name: raw.includes('\\') ? JSON.stringify(JSON.parse(raw)) : raw, value: text.slice(start, end) });
    at = end;
  }
}

/** The index behind the string that begins at `begin` with a quote. */
export function stringEnd(text: string, begin: number): number {
  let at = begin + 1;
  for (;;) {
    const found = text.indexOf('"', at);
    if (found < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(found - 1 - escapes) === backslash) escapes += 1;
    at = found + 1;
    if (escapes % 2 === 0) return at;
  }
}

/** The index behind the value that begins at `start`. */
function valueEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = stringEnd(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (depth === 0 && (code === 0x2c || code === 0x7d || isSpace(code))) return at;
    at += 1;
    if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** Whether it is white space in JSON (RFC 8259, section 2). */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}
