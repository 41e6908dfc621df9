/** A stretch of a text: from the first character to behind the last, in UTF-16 units. */
export interface Found {
  readonly from: number;
  readonly to: number;
}

/** Finds all that is to be redacted in a text, in time that grows with its length only; a regular expression of the settings may do worse. */
export type Find = (text: string) => Found[];

const localPart = /[\p{L}\p{N}._%+'-]/u;
const domainPart = /[\p{L}\p{N}.-]/u;
const domain = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}]{2,}/u;
/** The longest that RFC 5321, section 4.5.3.1, lets the two parts of an address be. */
const longest = { local: 64, domain: 255 };

/** E-mail addresses, such as `Ann.Lee+x@mail.example.org`. */
export const findEmails: Find = (text) => {
  const found: Found[] = [];
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let from = at;
    while (from > 0 && at - from < longest.local && localPart.test(text.charAt(from - 1))) from -= 1;
    let to = at + 1;
    while (to < text.length && to - at <= longest.domain && domainPart.test(text.charAt(to))) to += 1;
    const host = domain.exec(text.slice(at + 1, to))?.[0];
    if (from < at && host !== undefined) found.push({ from, to: at + 1 + host.length });
  }
  return found;
};

const cardDigits = /(?<!\d)\d(?:[ -]?\d){12,18}/g;

/**
 * Numbers of payment cards: 13 to 19 digits, between which single spaces or dashes may stand, with a check digit that is right (ISO/IEC 7812-1, Luhn).
 * They begin with 2 to 6, as those of all large schemes do: a time in milliseconds or nanoseconds since 1970 is none.
 */
export const findCards: Find = (text) => {
  const found: Found[] = [];
  cardDigits.lastIndex = 0;
  for (let match = cardDigits.exec(text); match !== null; match = cardDigits.exec(text)) {
    const length = cardLength(match[0], text.charCodeAt(match.index + match[0].length));
    if (length > 0) found.push({ from: match.index, to: match.index + length });
    // where it is none, one may begin with its next group of digits
    cardDigits.lastIndex = match.index + (length > 0 ? length : (/^\d+/.exec(match[0])?.[0].length ?? 1));
  }
  return found;
};

/** How much of a text of digits, spaces and dashes is the number of a card, the longest there is; `next` is what follows. 0 where none is. */
function cardLength(text: string, next: number): number {
  if (!/^[2-6]/.test(text)) return 0;
  for (let length = text.length; length > 0; length -= 1) {
    const digits = text.slice(0, length).replaceAll(/\D/g, '');
    if (digits.length < 13) return 0;
    const follows = length === text.length ? next : text.charCodeAt(length);
    if (isDigit(text.charCodeAt(length - 1)) && !isDigit(follows) && luhn(digits)) return length;
  }
  return 0;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 0x30;
    const weighed = index % 2 === 0 ? digit : 2 * digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

const credentials =
  /\b(?:(bearer[ \t]+)|(authorization[\\"']*[ \t]*[:=][ \t]*[\\"']*(?:basic|bearer|digest|token|negotiate|apikey)[ \t]+))[^\s"'\\,;<>]+/gi;

/** What follows `Bearer`, and the credentials of `Authorization: Basic …` and the like. The words before them stay. */
export const findBearers: Find = (text) =>
  Array.from(text.matchAll(credentials), (match) => ({
    from: match.index + (match[1] ?? match[2] ?? '').length,
    to: match.index + match[0].length,
  }));

/** What a regular expression matches; nothing where it matches an empty text. */
export function findMatches(pattern: RegExp): Find {
  const global = new RegExp(pattern.source, `${pattern.flags}g`);
  return (text) =>
    Array.from(text.matchAll(global), ({ index, 0: { length } }) => ({ from: index, to: index + length })).filter(
      ({ from, to }) => to > from,
    );
}
