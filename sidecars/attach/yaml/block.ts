import { type Collection, type Entry, entriesOf } from './entries.ts';
import { beginsLine, behindEntry, columnOf, commentColumn, lineAt, lineBefore, lineEnd, lineStart } from './lines.ts';
import { linesAt, type Splice, withoutLines } from './splice.ts';
import type { ValueText } from './value-text.ts';

/** How every comment begins that is written above an entry: `added by sidekick/attach`. */
export const mark = /^#? ?(?:\w+ )+by sidekick\/attach\b/;

/** A collection in lines of its own. */
export interface Block {
  readonly text: string;
  readonly collection: Collection;
  /** Whether it is the whole document. */
  readonly root: boolean;
  /** Whether it is a list whose dashes are no further right than the key that it belongs to. */
  readonly flush: boolean;
  readonly newline: string;
}

/** How far the entries of a block are indented. */
export function columnOfBlock({ text, collection }: Pick<Block, 'text' | 'collection'>): number {
  return columnOf(text, entriesOf(collection)[0]?.start ?? 0);
}

/** Adds an entry at the end, set off by a blank line where the others are. The lines have no indentation of their own. */
export function insertIntoBlock(block: Block, lines: readonly string[]): Splice[] {
  const entries = entriesOf(block.collection);
  const blank = isSpaced(block, entries) && !isGreedy(entries.at(-1)) ? [''] : [];
  return [linesAt(block.text, endOfBlock(block), [...blank, ...indentedTo(columnOfBlock(block), lines)], block.newline)];
}

/** Where the next entry of a block would be put. */
export function endOfBlock({ text, collection, flush }: Block): number {
  const column = columnOfBlock({ text, collection });
  // below dashes that are flush with their key, a comment in their column speaks of the next key
  return behindEntry(text, entriesOf(collection).at(-1)?.end ?? 0, flush ? column + 1 : column);
}

/** Takes an entry out, with its lines, the comment that was written above it, and the blank line that set it off. */
export function deleteFromBlock(block: Block, index: number): Splice[] {
  const { text } = block;
  const entries = entriesOf(block.collection);
  const entry = entries[index] as Entry;
  if (!beginsLine(text, entry.start)) {
    // beside the dash of a list
    const next = entries[index + 1];
    if (next) return [{ start: entry.start, end: next.start, text: '' }];
    const kept = text.slice(0, entry.start).trimEnd().length;
    return [{ start: kept, end: entry.end, text: '' }];
  }
  let start = markAbove(text, entry.start) ?? lineStart(text, entry.start);
  const lineAbove = lineBefore(text, start);
  const others = entries.filter((other) => other !== entry);
  const before = entries[index - 1];
  if (before && isSpaced(block, others) && !isGreedy(before) && lineAbove !== undefined && lineAt(text, lineAbove) === '')
    start = lineAbove;
  const end = lineEnd(text, entry.end);
  const above = before?.lastText && text.slice(before.end, start).trim() === '' ? before.lastText : undefined;
  return [withoutLines(text, start, above ? behindClaimed(text, end, above) : end)];
}

/** Behind the blank lines and comments that a text in lines above would take for a part of itself, once it reaches down to them. */
function behindClaimed(text: string, end: number, { greedy, indent }: NonNullable<Entry['lastText']>): number {
  let behind = end;
  for (let at = end; at < text.length; at = lineEnd(text, at)) {
    const line = lineAt(text, at);
    const claimed = line.trim() === '' ? greedy || line.length > indent : (commentColumn(line) ?? -1) >= indent;
    if (claimed) behind = lineEnd(text, at);
    else if (line !== '') break;
  }
  return behind;
}

function isGreedy(entry: Entry | undefined): boolean {
  return entry?.lastText?.greedy ?? false;
}

/** Puts another value in the place of the one that an entry of a map has. */
export function replaceInBlock(text: string, entry: Entry, { inline, below }: ValueText, newline: string): Splice[] {
  const anchor = entry.value && 'anchor' in entry.value && entry.value.anchor ? `&${entry.value.anchor}` : '';
  const words = [anchor, inline, entry.remark ?? ''].filter((word) => word !== '');
  const value = { start: entry.sign ?? entry.end, end: entry.end, text: words.map((word) => ` ${word}`).join('') };
  if (entry.sign === undefined) value.text = `${newline}${' '.repeat(columnOf(text, entry.start))}:${value.text}`;
  if (below.length === 0) return [value];
  return [value, linesAt(text, lineEnd(text, entry.end), indentedTo(columnOf(text, entry.start), below), newline)];
}

/** The lines, indented. */
export function indentedTo(column: number, lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(column) + line));
}

/** Where the comment above an entry begins that was written with it. */
function markAbove(text: string, offset: number): number | undefined {
  const column = columnOf(text, offset);
  for (let at = lineBefore(text, lineStart(text, offset)); at !== undefined; at = lineBefore(text, at)) {
    const line = lineAt(text, at);
    if (commentColumn(line) !== column) return undefined;
    if (mark.test(line.slice(column))) return at;
  }
  return undefined;
}

/** Whether the entries of a block are set off by blank lines, most of them; what is alone in a document would be. */
function isSpaced({ text, root }: Block, entries: readonly Entry[]): boolean {
  if (entries.length < 2) return root && entries.length === 1;
  const followers = entries.slice(1);
  return followers.filter(({ start }) => isSetOff(text, start)).length * 2 >= followers.length;
}

function isSetOff(text: string, offset: number): boolean {
  let at = lineBefore(text, lineStart(text, offset));
  while (at !== undefined && commentColumn(lineAt(text, at)) !== undefined) at = lineBefore(text, at);
  return at !== undefined && lineAt(text, at).trim() === '';
}
