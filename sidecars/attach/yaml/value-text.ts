import { type Surroundings, scalarText } from './scalar-text.ts';

/** How a file is laid out, as far as a new entry can tell. */
export interface Layout {
  /** How far a map is indented below its key. */
  readonly map: number;
  /** How far the dashes of a list are indented below its key. */
  readonly list: number;
  /** `\n` or `\r\n`. */
  readonly newline: string;
}

/** A list of single values that is no longer than this stands on one line. */
const shortList = 48;

/** A value as lines of YAML without indentation of their own: what follows the `:` or the `-` on its line, and the lines below. */
export interface ValueText {
  readonly inline: string;
  readonly below: readonly string[];
}

type Entries = Readonly<Record<string, unknown>>;

/**
 * A value as a person would write it: maps in lines of their own, short lists between brackets, no line folded.
 * @param literal Whether a text of several lines may stand below a `|`.
 */
export function valueText(value: unknown, layout: Layout, literal = true): ValueText {
  if (typeof value === 'string' && literal && isLiteral(value)) {
    const lines = value.split('\n');
    const clipped = lines.at(-1) === '';
    if (clipped) lines.pop();
    return { inline: clipped ? '|' : '|-', below: indented(lines, layout.map) };
  }
  if (Array.isArray(value) && value.length > 0 && !isShort(value)) {
    return { inline: '', below: indented(itemLines(value, layout, literal), layout.list) };
  }
  if (isMap(value) && Object.keys(value).length > 0) {
    return { inline: '', below: indented(entryLines(value, layout, literal), layout.map) };
  }
  return { inline: value === null || value === undefined ? '' : flowText(value, 'block'), below: [] };
}

/** A value on one line. */
export function flowText(value: unknown, surroundings: Surroundings = 'flow'): string {
  if (typeof value === 'string') return scalarText(value, surroundings);
  if (Array.isArray(value)) return `[${value.map((item) => flowText(item)).join(', ')}]`;
  if (isMap(value)) {
    const entries = Object.entries(value).map(([key, item]) => entryFlowText(key, item));
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return numberText(value);
  throw new TypeError(`a ${typeof value} cannot be written as YAML`);
}

/** An entry of a map between braces: `name: value`. */
export function entryFlowText(key: string, value: unknown): string {
  return `${scalarText(key, 'flow')}: ${flowText(value)}`;
}

/** The lines of an entry of a map: `name: value`, or `name:` with lines below. */
export function entryLinesOf(key: string, value: unknown, layout: Layout, literal = true): string[] {
  const { inline, below } = valueText(value, layout, literal);
  return [`${scalarText(key, 'block')}:${inline === '' ? '' : ` ${inline}`}`, ...below];
}

/** The lines of an item of a list: `- value`, the first entry of a map beside the dash. */
export function itemLinesOf(value: unknown, layout: Layout, literal = true): string[] {
  const { inline, below } = valueText(value, { ...layout, map: 2, list: 2 }, literal);
  if (inline !== '') return [`- ${inline}`, ...below];
  const [first, ...rest] = nested(value, layout, literal);
  return first === undefined ? ['-'] : [`- ${first}`, ...indented(rest, 2)];
}

function nested(value: unknown, layout: Layout, literal: boolean): string[] {
  if (Array.isArray(value)) return itemLines(value, layout, literal);
  return isMap(value) ? entryLines(value, layout, literal) : [];
}

function entryLines(value: Entries, layout: Layout, literal: boolean): string[] {
  return Object.entries(value).flatMap(([key, item]) => entryLinesOf(key, item, layout, literal));
}

function itemLines(value: readonly unknown[], layout: Layout, literal: boolean): string[] {
  return value.flatMap((item) => itemLinesOf(item, layout, literal));
}

function indented(lines: readonly string[], by: number): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line));
}

function isMap(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShort(value: readonly unknown[]): boolean {
  const single = value.every((item) => typeof item !== 'object' && !(typeof item === 'string' && item.includes('\n')));
  return single && flowText(value).length <= shortList;
}

/** A text of several lines that a `|` gives back as it is, with no sign that says how far it is indented. */
function isLiteral(text: string): boolean {
  const lines = text.split('\n');
  if (lines.length < 2 || text.endsWith('\n\n') || /^[ \t\n]/.test(text) || text === '\n') return false;
  return lines.every((line) => line === '' || (line.trim() !== '' && /^[\p{L}\p{N}\p{P}\p{S} \t]*$/u.test(line)));
}

function numberText(value: number | boolean): string {
  if (Number.isNaN(value)) return '.nan';
  if (value === Number.POSITIVE_INFINITY) return '.inf';
  return value === Number.NEGATIVE_INFINITY ? '-.inf' : String(value);
}
