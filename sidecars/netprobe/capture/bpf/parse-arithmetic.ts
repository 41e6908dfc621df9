import type { Arithmetic, ArithmeticOperator, Matter, RelationOperator } from './expression.ts';
import type { FilterToken } from './lexer.ts';
import type { TokenReader } from './token-reader.ts';
import { protocolWords } from './words.ts';

/**
 * How strongly operators bind. Those without a number are as in the grammar of libpcap, which says nothing of them: they bind more than
 * what stands before them, and all that follows is their right side.
 */
const strength: Readonly<Record<ArithmeticOperator, number | undefined>> = {
  '|': 1,
  '&': 2,
  '<<': 3,
  '>>': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': undefined,
  '^': undefined,
};
const strongest = 6;

const relationOperators: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>='] satisfies RelationOperator[]);

/** How many operations one relation may have: they are compiled by recursion. */
const operationLimit = 500;

function isArithmeticOperator({ type, text }: FilterToken): boolean {
  return type === 'symbol' && Object.hasOwn(strength, text);
}

function isRelationOperator({ type, text }: FilterToken): boolean {
  return type === 'symbol' && relationOperators.has(text);
}

/** Whether what is next is a comparison of numbers, such as `tcp[13] & 2 != 0`, `len > 100`, `(4 + len) = 8`. */
export function startsRelation(reader: TokenReader): boolean {
  const token = reader.peek();
  const isOperator = (other: FilterToken) => isArithmeticOperator(other) || isRelationOperator(other);
  if (token.type === 'number') return isOperator(reader.peek(1));
  if (token.type === 'word') return token.text === 'len' || token.text === 'length' || reader.sees('[', 1);
  if (reader.sees('-')) return true;
  return reader.sees('(') && isOperator(reader.peek(reader.behindParenthesis()));
}

/** Reads a comparison of numbers. @throws FilterError */
export function parseRelation(reader: TokenReader): Extract<Matter, { type: 'relation' }> {
  const parser = new ArithmeticParser(reader);
  const left = parser.read(0);
  const token = reader.next();
  if (!isRelationOperator(token)) throw reader.unexpected(token, 'a comparison: = != < <= > >=');
  return { type: 'relation', operator: token.text as RelationOperator, left, right: parser.read(0) };
}

class ArithmeticParser {
  readonly #reader: TokenReader;
  #operations = 0;

  constructor(reader: TokenReader) {
    this.#reader = reader;
  }

  /** @param least operators that bind less than this end what is read */
  read(least: number): Arithmetic {
    return this.#reader.nested(() => {
      let left = this.#operand();
      for (;;) {
        const token = this.#reader.peek();
        if (!isArithmeticOperator(token)) return left;
        const operator = token.text as ArithmeticOperator;
        const binds = strength[operator];
        if (binds !== undefined && binds < least) return left;
        this.#reader.next();
        const right = this.read(binds === undefined ? 0 : binds + 1);
        this.#operations += 1;
        if (this.#operations > operationLimit)
          throw this.#reader.error(token, `these are more than ${operationLimit} operations`);
        left = this.#operation(operator, left, right, token);
      }
    });
  }

  #operand(): Arithmetic {
    const reader = this.#reader;
    const token = reader.next();
    const { type, text } = token;
    if (type === 'number') return { type: 'number', value: token.value };
    if (type === 'word' && (text === 'len' || text === 'length')) return { type: 'length' };
    if (type === 'word' && protocolWords.has(text)) return this.#bytes(token);
    if (type === 'symbol' && text === '-') {
      const operand = this.read(strongest);
      return operand.type === 'number' ? { type: 'number', value: -operand.value >>> 0 } : { type: 'negation', operand };
    }
    if (type === 'symbol' && text === '(') {
      const inner = this.read(0);
      reader.expect(')', 'to close the parenthesis');
      return inner;
    }
    throw reader.unexpected(token, 'a number, len, or bytes of a packet such as tcp[13]');
  }

  #bytes(token: FilterToken): Arithmetic {
    const reader = this.#reader;
    reader.expect('[', `as ${token.text} is no number: ${token.text}[0] is its first byte; and, or and not join conditions`);
    const index = this.read(0);
    let size = 1;
    if (reader.accept(':')) {
      const sizeToken = reader.next();
      size = sizeToken.type === 'number' ? sizeToken.value : 0;
      if (size !== 1 && size !== 2 && size !== 4) throw reader.error(sizeToken, 'bytes are loaded by 1, 2 or 4');
    }
    reader.expect(']', 'to close the bracket');
    const protocol = token.text === 'ether' ? 'link' : token.text;
    if (!indexed.has(protocol))
      throw reader.error(token, `bytes of ${token.text} are not to be had; there are ${[...indexed].join(', ')}`);
    return { type: 'bytes', position: token.position, protocol, index, size: size as 1 | 2 | 4 };
  }

  #operation(operator: ArithmeticOperator, left: Arithmetic, right: Arithmetic, token: FilterToken): Arithmetic {
    if (right.type === 'number') {
      if ((operator === '/' || operator === '%') && right.value === 0) throw this.#reader.error(token, 'this divides by zero');
      if ((operator === '<<' || operator === '>>') && right.value > 31)
        throw this.#reader.error(token, 'this shifts by more than 31 bits, which are all');
      if (left.type === 'number') return { type: 'number', value: calculated(operator, left.value, right.value) };
    }
    return { type: 'operation', operator, left, right };
  }
}

/** Headers whose bytes can be had. */
const indexed: ReadonlySet<string> = new Set([
  ...['link', 'ip', 'ip6', 'arp', 'rarp', 'tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'igmp', 'igrp', 'pim', 'vrrp', 'carp'],
  ...['atalk', 'decnet', 'sca', 'lat', 'moprc', 'mopdl'],
]);

/** As the kernel calculates: 32 bits, no sign. */
function calculated(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return (left + right) >>> 0;
    case '-':
      return (left - right) >>> 0;
    case '*':
      return Math.imul(left, right) >>> 0;
    case '/':
      return Math.floor(left / right);
    case '%':
      return left % right;
    case '&':
      return (left & right) >>> 0;
    case '|':
      return (left | right) >>> 0;
    case '^':
      return (left ^ right) >>> 0;
    case '<<':
      return (left << right) >>> 0;
    case '>>':
      return left >>> right;
  }
}
