import { isAscii, isUtf8 } from 'node:buffer';

const replacement = Buffer.from('\ufffd');

/** Bytes as text. */
export interface Text {
  readonly text: string;
  /** Ill-formed sequences of UTF-8 that are U+FFFD in it. */
  readonly repaired: number;
}

/** Decodes UTF-8; each ill-formed sequence becomes U+FFFD, one for each maximal subpart (Unicode 17, section 3.9). */
export function decode(bytes: Buffer): Text {
  if (isAscii(bytes)) return { text: bytes.toString('latin1'), repaired: 0 };
  const text = bytes.toString();
  return { text, repaired: isUtf8(bytes) ? 0 : replaced(text) - genuine(bytes) };
}

/** How many U+FFFD are in a text, */
function replaced(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) count += 1;
  return count;
}

/** and how many were in the bytes already. */
function genuine(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(replacement); at >= 0; at = bytes.indexOf(replacement, at + replacement.length)) count += 1;
  return count;
}
