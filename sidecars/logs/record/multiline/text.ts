/** The length of the white space that a line begins with. */
export function indentOf(chunk: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(chunk[at] as number)) at += 1;
  return at - from;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** Whether the bytes from `at` on, and before `to`, begin with these. */
export function startsWith(chunk: Buffer, at: number, to: number, word: Buffer): boolean {
  return to - at >= word.length && chunk.compare(word, 0, word.length, at, at + word.length) === 0;
}

/** The line as text. Rules look for ASCII alone: other bytes are what they are in Latin-1. */
export function textOf(chunk: Buffer, from: number, to: number): string {
  return chunk.toString('latin1', from, Math.min(to, from + longest));
}

/** What tells a line is near its beginning. */
const longest = 4096;

/** Classes of all first bytes: one for those given, and one for the others. */
export function classesOf(some: Readonly<Record<string, number>>, others: number): Uint8Array {
  const classes = new Uint8Array(256).fill(others);
  for (const [characters, what] of Object.entries(some)) {
    for (const character of characters) classes[character.charCodeAt(0)] = what;
  }
  return classes;
}
