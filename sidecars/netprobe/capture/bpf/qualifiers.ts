import type { AddressProtocol, Side } from './expression.ts';
import type { FilterToken } from './lexer.ts';
import type { TokenReader } from './token-reader.ts';
import { protocolWords, qualifierWords } from './words.ts';

/** What an identifier is, such as `tcp dst port`. It holds for those that follow without any: `tcp dst port 80 or 443`. */
export interface Qualifiers {
  /** Where the words begin. */
  readonly position: number;
  /** A protocol's word; `link` for `ether`. */
  readonly protocol: string | undefined;
  readonly side: Side;
  /** Undefined where only a side was given, and a host is meant. */
  readonly kind: 'host' | 'net' | 'port' | 'portrange' | 'proto' | undefined;
}

const kinds = { host: 'host', net: 'net', port: 'port', portrange: 'portrange', proto: 'proto' } as const;
const sides = { src: 'source', dst: 'destination' } as const;

/** Whether a protocol is named here, and goes on as a qualifier. */
export function startsQualifiers(reader: TokenReader): boolean {
  const isQualifier = ({ type, text }: FilterToken) => type === 'word' && qualifierWords.has(text);
  const token = reader.peek();
  if (token.type !== 'word') return false;
  return qualifierWords.has(token.text) || (protocolWords.has(token.text) && isQualifier(reader.peek(1)));
}

/** Reads qualifiers: a protocol, a side, a kind. @throws FilterError */
export function parseQualifiers(reader: TokenReader): Qualifiers {
  const { position } = reader.peek();
  const protocol = protocolWords.has(reader.peek().text) ? linkOr(reader.next().text) : undefined;
  const first = reader.next();
  if (!isSide(first.text)) return { position, protocol, side: 'either', kind: kindOf(first.text) };
  const side = otherSide(reader, first);
  const token = reader.peek();
  if (token.type === 'word' && token.text === 'proto')
    throw reader.error(token, 'a protocol has no source and no destination; leave src or dst out');
  const kind = token.type === 'word' ? kindOf(token.text) : undefined;
  if (kind !== undefined) reader.next();
  return { position, protocol, side, kind };
}

/** A protocol's word, the two for the link as one. */
export function linkOr(word: string): string {
  return word === 'ether' ? 'link' : word;
}

/** Where IPv4 addresses are looked for. @returns nothing where the protocol has none */
export function addressProtocols(protocol: string | undefined): readonly AddressProtocol[] | undefined {
  if (protocol === undefined) return ['ip', 'arp', 'rarp'];
  return protocol === 'ip' || protocol === 'arp' || protocol === 'rarp' ? [protocol] : undefined;
}

function otherSide(reader: TokenReader, first: FilterToken): Side {
  const side = isSide(first.text) ? sides[first.text] : 'either';
  const joint = reader.peek().text;
  if (!reader.sees('||') && !reader.sees('&&')) return side;
  reader.next();
  const second = reader.next();
  if (!isSide(second.text) || second.text === first.text)
    throw reader.error(second, `here could be ${first.text === 'src' ? 'dst' : 'src'}, as in src or dst host 10.0.0.1`);
  return joint === '||' ? 'either' : 'both';
}

function isSide(word: string): word is keyof typeof sides {
  return Object.hasOwn(sides, word);
}

function kindOf(word: string): Qualifiers['kind'] {
  return Object.hasOwn(kinds, word) ? kinds[word as keyof typeof kinds] : undefined;
}
