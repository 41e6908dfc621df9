import type { Condition, FilterExpression } from './expression.ts';
import type { FilterToken } from './lexer.ts';
import { startsRelation } from './parse-arithmetic.ts';
import { type ParsedCondition, parsePrimitive } from './parse-primitive.ts';
import type { Qualifiers } from './qualifiers.ts';
import { TokenReader } from './token-reader.ts';

/**
 * Reads a filter in the words of pcap-filter(7).
 * @returns nothing for an empty text, which every packet passes.
 * @throws FilterError
 */
export function parseCaptureFilter(text: string): FilterExpression | undefined {
  const reader = new TokenReader(text);
  if (reader.peek().type === 'end') return undefined;
  const root = parseChain(reader, undefined);
  const token = reader.peek();
  if (reader.sees(')')) throw reader.error(token, 'this parenthesis was not opened; leave it out');
  if (token.type !== 'end') throw reader.unexpected(token, wantedFor(token));
  return { text, root };
}

function wantedFor({ type, text }: FilterToken): string {
  if (type === 'symbol' && (text === '&' || text === '|'))
    return `${text === '&' ? 'and' : 'or'}, as ${text} is for numbers alone`;
  const isBare = type === 'number' || type === 'ipv4' || type === 'ipv6';
  return isBare ? `what it is: ${type === 'number' ? 'port' : 'host'} ${text}` : 'and, or, or the end';
}

/** Conditions joined by `and` and `or`, which bind equally, from left to right. */
function parseChain(reader: TokenReader, inherited: Qualifiers | undefined): Condition {
  let { condition: first, qualifiers } = parseOperand(reader, inherited);
  const rest: { operator: 'and' | 'or'; condition: Condition }[] = [];
  while (reader.sees('&&') || reader.sees('||')) {
    const operator = reader.next().text === '&&' ? 'and' : 'or';
    const operand = parseOperand(reader, qualifiers);
    qualifiers = operand.qualifiers;
    rest.push({ operator, condition: operand.condition });
  }
  return rest.length === 0 ? first : { type: 'chain', first, rest };
}

function parseOperand(reader: TokenReader, inherited: Qualifiers | undefined): ParsedCondition {
  return reader.nested((): ParsedCondition => {
    if (reader.accept('!')) {
      const { condition, qualifiers } = parseOperand(reader, inherited);
      return { condition: { type: 'not', condition }, qualifiers };
    }
    if (!reader.sees('(') || startsRelation(reader)) return parsePrimitive(reader, inherited);
    reader.next();
    const condition = parseChain(reader, inherited);
    reader.expect(')', 'to close the parenthesis');
    // what was said within parentheses does not hold behind them
    return { condition, qualifiers: inherited };
  });
}
