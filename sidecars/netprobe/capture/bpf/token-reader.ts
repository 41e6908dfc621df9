import { nearest } from '#shared/config/nearest.ts';
import { FilterError } from './filter-error.ts';
import { type FilterToken, filterTokens } from './lexer.ts';
import { filterWords, refusedWords } from './words.ts';

/** How deep parentheses, brackets and negations may be nested. */
const nestingLimit = 200;

/** Goes through the pieces of a filter, from left to right. */
export class TokenReader {
  readonly text: string;
  /** How many `vlan` were read. */
  vlans = 0;
  readonly #tokens: readonly FilterToken[];
  #index = 0;
  #depth = 0;

  /** @throws FilterError */
  constructor(text: string) {
    this.text = text;
    this.#tokens = filterTokens(text);
  }

  /** The next piece, or one behind it; it stays. At the end, the end. */
  peek(offset = 0): FilterToken {
    const token = this.#tokens[Math.min(this.#index + offset, this.#tokens.length - 1)];
    if (token === undefined) throw new RangeError(`no piece ${offset} behind ${this.#index}`);
    return token;
  }

  /** Takes the next piece. */
  next(): FilterToken {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  /** Whether the next piece, or one behind it, is this symbol or word. */
  sees(text: string, offset = 0): boolean {
    const token = this.peek(offset);
    return (token.type === 'symbol' || token.type === 'word') && token.text === text;
  }

  /** Takes the next piece if it is this symbol or word. */
  accept(text: string): boolean {
    const is = this.sees(text);
    if (is) this.next();
    return is;
  }

  /** Takes a symbol. @throws FilterError where another piece stands */
  expect(symbol: string, why: string): void {
    if (!this.accept(symbol)) throw this.error(this.peek(), `${symbol} is missing here, ${why}`);
  }

  /** Takes a number. @throws FilterError where another piece stands */
  number(after: string): number {
    const token = this.next();
    if (token.type !== 'number') throw this.error(token, `${after} needs a number behind it, such as ${after} 100`);
    return token.value;
  }

  /** Reads something that may hold more of its kind. @throws FilterError where that goes too deep */
  nested<T>(read: () => T): T {
    if (this.#depth === nestingLimit)
      throw this.error(this.peek(), `it is nested more than ${nestingLimit} times; write it flatter`);
    this.#depth += 1;
    const result = read();
    this.#depth -= 1;
    return result;
  }

  /** Which piece is behind the parenthesis that the next piece opens, counted from here. */
  behindParenthesis(): number {
    let open = 0;
    for (let offset = 0; ; offset += 1) {
      if (this.peek(offset).type === 'end') return offset;
      if (this.sees('(', offset)) open += 1;
      else if (this.sees(')', offset)) open -= 1;
      if (open === 0) return offset + 1;
    }
  }

  /** An error at a piece. */
  error(token: FilterToken, what: string): FilterError {
    return new FilterError(what, this.text, token.position);
  }

  /** An error at a piece that cannot stand where it does. @param wanted what could */
  unexpected(token: FilterToken, wanted: string): FilterError {
    const { type } = token;
    // `and` and others are kept as symbols
    const text = type === 'symbol' ? (/^[a-z]+/.exec(this.text.slice(token.position))?.[0] ?? token.text) : token.text;
    if (type === 'refused') return this.error(token, `${text} is not supported: ${refusedWords.get(text)}`);
    if (type === 'end') return this.error(token, `it ends too early; here could be ${wanted}`);
    const meant = type === 'name' ? nearest(text, [...filterWords, 'and', 'or', 'not']) : undefined;
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    return this.error(token, `${text} cannot stand here${hint || `; here could be ${wanted}`}`);
  }
}
