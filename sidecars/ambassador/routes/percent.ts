import { Invalid } from '#shared/config/kinds.ts';

/** Reads what {@link encode} writes: `%26` is `&` (RFC 3986, section 2.1, in UTF-8). A plus sign stays one. @throws Invalid */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Invalid('holds a % that begins no character, such as %20; write a % itself as %25');
  }
}

/** Writes a text without the characters that end a word, a path or an option within a route. */
export function encode(text: string): string {
  return text.replaceAll(/[\s;,=?&%]|\p{Cc}/gu, encodeURIComponent);
}
