import type { Condition, Matter, Primitive } from './expression.ts';
import { parseIdentifier } from './identify.ts';
import type { FilterToken } from './lexer.ts';
import { etherTypes, protocolsOfWords } from './names.ts';
import { parseRelation, startsRelation } from './parse-arithmetic.ts';
import { linkOr, parseQualifiers, type Qualifiers, startsQualifiers } from './qualifiers.ts';
import type { TokenReader } from './token-reader.ts';
import { protocolWords } from './words.ts';

/** A condition that was read, and what is inherited by identifiers that follow it. */
export interface ParsedCondition {
  readonly condition: Condition;
  readonly qualifiers: Qualifiers | undefined;
}

/**
 * Reads a condition without `and`, `or`, `not` and parentheses around it.
 * @param inherited qualifiers of the one before.
 * @throws FilterError
 */
export function parsePrimitive(reader: TokenReader, inherited: Qualifiers | undefined): ParsedCondition {
  const token = reader.peek();
  const { position } = token;
  const placed = (matter: Matter): ParsedCondition => ({ condition: place(reader, matter, position), qualifiers: undefined });
  if (startsRelation(reader)) return placed(parseRelation(reader));
  if (startsQualifiers(reader)) {
    const qualifiers = parseQualifiers(reader);
    return { condition: parseIdentifiers(reader, qualifiers), qualifiers };
  }
  if (token.type === 'word') return placed(ofWord(reader, reader.next()));
  if (isIdentifier(token)) {
    if (inherited === undefined) throw alone(reader, token);
    return { condition: place(reader, parseIdentifier(reader, inherited), position), qualifiers: inherited };
  }
  throw reader.unexpected(token, 'a condition, such as tcp, port 80, host 10.0.0.1');
}

/** What behind qualifiers may be one identifier, `not` of one, or several in parentheses: `port (80 or 443)`. */
function parseIdentifiers(reader: TokenReader, qualifiers: Qualifiers): Condition {
  return reader.nested((): Condition => {
    const { position } = reader.peek();
    if (reader.accept('!')) return { type: 'not', condition: parseIdentifiers(reader, qualifiers) };
    if (!reader.accept('(')) return place(reader, parseIdentifier(reader, qualifiers), position);
    const first = parseIdentifiers(reader, qualifiers);
    const rest: { operator: 'and' | 'or'; condition: Condition }[] = [];
    while (reader.sees('&&') || reader.sees('||')) {
      const operator = reader.next().text === '&&' ? 'and' : 'or';
      rest.push({ operator, condition: parseIdentifiers(reader, qualifiers) });
    }
    reader.expect(')', 'to close the parenthesis');
    return { type: 'chain', first, rest };
  });
}

function place(reader: TokenReader, matter: Matter, position: number): Primitive {
  const placed = { ...matter, position, vlans: reader.vlans };
  if (matter.type === 'vlan') reader.vlans += 1;
  return placed;
}

function isIdentifier({ type }: FilterToken): boolean {
  return type === 'number' || type === 'name' || type === 'ipv4' || type === 'ipv6' || type === 'mac';
}

function alone(reader: TokenReader, token: FilterToken): Error {
  const { type, text } = token;
  if (type === 'name') return reader.unexpected(token, `${text} with what it is before it, such as host ${text}`);
  const kind = type === 'number' ? 'port' : type === 'mac' ? 'ether host' : 'host';
  return reader.error(token, `${text} stands alone; write what it is before it, such as ${kind} ${text}`);
}

function ofWord(reader: TokenReader, token: FilterToken): Matter {
  const { text } = token;
  const length = { type: 'length' } as const;
  switch (text) {
    case 'less':
    case 'greater': {
      const right = { type: 'number', value: reader.number(text) } as const;
      return { type: 'relation', operator: text === 'less' ? '<=' : '>=', left: length, right };
    }
    case 'inbound':
    case 'outbound':
      return { type: text };
    case 'ifindex':
      return { type: 'interfaceIndex', index: reader.number(text) };
    case 'vlan':
      return vlan(reader);
    case 'broadcast':
      return { type: 'broadcast' };
    case 'multicast':
      return { type: 'multicast', of: 'link' };
    default:
      return ofProtocol(reader, token);
  }
}

function ofProtocol(reader: TokenReader, token: FilterToken): Matter {
  const { text } = token;
  if (!protocolWords.has(text)) throw reader.unexpected(token, 'a condition, such as tcp, port 80, host 10.0.0.1');
  const protocol = linkOr(text);
  if (reader.accept('broadcast')) {
    if (protocol === 'link') return { type: 'broadcast' };
    if (protocol === 'ip')
      throw reader.error(token, 'the netmask is not known, and so no broadcast address; write it: dst host 10.0.0.255');
    throw reader.error(token, `${text} has no broadcast; there is ether broadcast`);
  }
  if (reader.accept('multicast')) {
    if (protocol === 'link' || protocol === 'ip' || protocol === 'ip6') return { type: 'multicast', of: protocol };
    throw reader.error(token, `${text} has no multicast; there are ether multicast, ip multicast and ip6 multicast`);
  }
  const known = protocolsOfWords[text];
  if (known !== undefined) return { type: 'protocol', ...known };
  const value = etherTypes.get(text);
  if (value !== undefined) return { type: 'ethertype', value };
  throw reader.unexpected(reader.peek(), `what of ${text}: ${text} host, ${text} src, ${text} dst, ${text} proto, ${text}[0]`);
}

function vlan(reader: TokenReader): Matter {
  let open = 0;
  while (reader.sees('(', open)) open += 1;
  const token = reader.peek(open);
  if (token.type !== 'number') return { type: 'vlan', id: undefined };
  for (let taken = 0; taken <= open; taken += 1) reader.next();
  for (let closed = 0; closed < open; closed += 1) reader.expect(')', 'to close the parenthesis');
  if (token.value > 4095) throw reader.error(token, `${token.text} is beyond 4095, which is the last VLAN`);
  return { type: 'vlan', id: token.value };
}
