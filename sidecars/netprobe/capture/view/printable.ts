/** Text that is safe in a terminal as it is: most of it is. */
const plain = /^[\x20-\x7e]*$/;

/** What a terminal may be sent beside ASCII: no control, no format (which turns the direction of text), no half of a pair. */
const visible = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** What came over the network, as it may be shown: a packet must not command a terminal. Control characters are written as tcpdump(8) does, `^[`; others that do not show, as `\u{202e}`. */
export function printable(text: string): string {
  if (plain.test(text)) return text;
  let shown = '';
  for (const character of text) shown += visible.test(character) ? character : escaped(character.codePointAt(0) ?? 0);
  return shown;
}

function escaped(code: number): string {
  if (code < 0x20 || code === 0x7f) return `^${String.fromCharCode(code ^ 0x40)}`;
  return `\\u{${code.toString(16)}}`;
}

/** What {@link JSON.stringify} leaves as it is and a terminal would heed: controls beyond ASCII, and what turns the direction of text. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value as JSON on one line, of visible characters. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(hidden, (character) =>
    Array.from({ length: character.length }, (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
}
