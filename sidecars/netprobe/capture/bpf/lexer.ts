import { isIPv6 } from 'node:net';
import { FilterError } from './filter-error.ts';
import { filterWords, namedNumbers, refusedWords } from './words.ts';

/** A piece of a filter. */
export interface FilterToken {
  readonly type: 'symbol' | 'word' | 'refused' | 'name' | 'number' | 'ipv4' | 'ipv6' | 'mac' | 'end';
  /** As it was written; of a symbol that has several spellings, the one that is no word: `&&`, `||`, `!`, `=`. */
  readonly text: string;
  readonly position: number;
  /** Of a number. */
  readonly value: number;
}

/** How long a filter may be, in characters. */
const textLimit = 65_536;

/** How long one piece of it may be: as long as a name of a host. */
const pieceLimit = 255;

const byte = '[0-9A-Fa-f]{1,2}';
const four = '[0-9A-Fa-f]{4}';
const patterns = {
  mac: new RegExp(
    `${byte}(?:(?::${byte}){5}|(?:-${byte}){5}|(?:\\.${byte}){5})|${four}\\.${four}\\.${four}|[0-9A-Fa-f]{12}`,
    'y',
  ),
  number: /0[xX][0-9A-Fa-f]+|[0-9]+/y,
  ipv4: /[0-9]+(?:\.[0-9]+){1,3}/y,
  ipv6: /(?=[0-9A-Fa-f]*:)[0-9A-Fa-f:.]{2,45}/y,
  name: /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y,
  escaped: /\\[^ !()\n\t]+/y,
  symbol: /&&|\|\||<<|>>|<=|>=|!=|==|[-+*/%:[\]!<>()&|^=]/y,
} as const;

const spellings: Readonly<Record<string, string>> = { and: '&&', or: '||', not: '!', '==': '=' };

/**
 * The pieces of a filter, as pcap-filter(7) has them: of all that could begin at a place the longest one counts. The last is the end.
 * @throws FilterError at what begins no piece.
 */
export function filterTokens(text: string): readonly FilterToken[] {
  if (text.length > textLimit) throw new FilterError(`it is longer than ${textLimit} characters`, text, textLimit);
  const tokens: FilterToken[] = [];
  let position = 0;
  while (position < text.length) {
    if (' \r\n\t'.includes(text.charAt(position))) {
      position += 1;
      continue;
    }
    const { token, length } = tokenAt(text, position);
    if (length > pieceLimit)
      throw new FilterError(`this is longer than ${pieceLimit} characters, which no name is`, text, position);
    tokens.push(token);
    position += length;
  }
  tokens.push({ type: 'end', text: '', position, value: 0 });
  return tokens;
}

function tokenAt(text: string, position: number): { readonly token: FilterToken; readonly length: number } {
  const token = (type: FilterToken['type'], shown: string, value = 0, length = shown.length) => ({
    token: { type, text: shown, position, value },
    length,
  });
  const found = {
    name: matched(patterns.name, text, position),
    mac: matched(patterns.mac, text, position),
    number: matched(patterns.number, text, position),
    ipv4: matched(patterns.ipv4, text, position),
    ipv6: ipv6At(text, position),
  };
  const longest = Math.max(...Object.values(found).map(({ length }) => length));
  if (longest > 0) {
    const isLongest = (kind: keyof typeof found) => found[kind].length === longest;
    const word = found.name;
    if (isLongest('name')) {
      const spelling = spellings[word];
      if (spelling !== undefined) return token('symbol', spelling, 0, longest);
      if (filterWords.has(word)) return token('word', word);
      if (refusedWords.has(word)) return token('refused', word);
    }
    if (isLongest('mac')) return token('mac', found.mac);
    if (isLongest('number')) return token('number', found.number, numberOf(text, found.number, position));
    if (isLongest('ipv4')) return token('ipv4', found.ipv4);
    if (isLongest('ipv6')) return token('ipv6', found.ipv6);
    const value = namedNumbers.get(word);
    return value === undefined ? token('name', word) : token('number', word, value);
  }
  const escaped = matched(patterns.escaped, text, position);
  if (escaped !== '') return token('name', escaped.slice(1), 0, escaped.length);
  const symbol = matched(patterns.symbol, text, position);
  if (symbol !== '') return token('symbol', spellings[symbol] ?? symbol, 0, symbol.length);
  const character = String.fromCodePoint(text.codePointAt(position) ?? 0);
  throw new FilterError(`${JSON.stringify(character)} means nothing here; leave it out`, text, position);
}

function matched(pattern: RegExp, text: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0] ?? '';
}

/** The longest IPv6 address that begins there; such as `::1` of `::1:` nothing behind it is looked at. */
function ipv6At(text: string, position: number): string {
  let candidate = matched(patterns.ipv6, text, position);
  while (candidate.includes(':')) {
    if (isIPv6(candidate)) return candidate;
    candidate = candidate.slice(0, -1);
  }
  return '';
}

function numberOf(text: string, digits: string, position: number): number {
  const isOctal = /^0[0-9]/.test(digits);
  if (isOctal && /[89]/.test(digits))
    throw new FilterError(`${digits} begins with 0 and is octal; leave the 0 out`, text, position);
  const value = isOctal ? Number.parseInt(digits, 8) : Number(digits);
  if (value > 0xff_ff_ff_ff) throw new FilterError(`${digits} is beyond 4294967295, which is 32 bits`, text, position);
  return value;
}
