import { bracketOf, type Collection, type Entry, entriesOf } from './entries.ts';
import { beginsLine, columnOf, lineStart } from './lines.ts';
import type { Splice } from './splice.ts';

/** Adds an entry at the end of a collection between brackets, on a line of its own where the last one has one. */
export function insertIntoFlow(text: string, collection: Collection, entryText: string, newline: string): Splice[] {
  const entries = entriesOf(collection);
  const last = entries.at(-1);
  const bracket = bracketOf(collection);
  if (!last) return [intoEmpty(text, collection, entryText)];
  if (!hasOwnLine(text, collection, entries.length - 1)) return [put(last.end, `${separator(last)} ${entryText}`)];
  const comma = commaBehind(text, last.end, bracket);
  const line = `${newline}${' '.repeat(columnOf(text, last.start))}${entryText}`;
  if (comma !== undefined) return [put(behindRemark(text, comma + 1, bracket), `${line},`)];
  return [put(last.end, separator(last)), put(behindRemark(text, last.end, bracket), line)];
}

/** Takes an entry out of a collection between brackets. */
export function deleteFromFlow(text: string, collection: Collection, index: number): Splice[] {
  const entries = entriesOf(collection);
  const entry = entries[index] as Entry;
  const bracket = bracketOf(collection);
  const before = entries[index - 1];
  const next = entries[index + 1];
  if (!before && !next) return [emptied(text, collection, entry)];
  if (!before) return [cut(entry.start, next?.start ?? entry.end)];
  if (next || !hasOwnLine(text, collection, index)) return [cut(before.end, entry.end)];
  const comma = commaBehind(text, entry.end, bracket);
  const start = text.slice(0, lineStart(text, entry.start)).replace(/\r?\n$/, '').length;
  if (comma !== undefined) return [cut(start, comma + 1)];
  const behind = commaBehind(text, before.end, entry.start) ?? before.end;
  const isOurs = text.slice(before.end, behind + 1) === separator(before);
  return [cut(isOurs ? before.end : behind, behind + 1), cut(start, entry.end)];
}

/** Puts another value in the place of an entry's. */
export function replaceInFlow(entry: Entry, key: string | undefined, value: string): Splice[] {
  if (entry.sign !== undefined) return [{ start: entry.sign, end: entry.end, text: ` ${value}` }];
  return [{ start: entry.start, end: entry.end, text: key === undefined ? value : `${key}: ${value}` }];
}

/** Behind a key without a value some readers take a comma at once for a part of the key. */
function separator({ end, sign }: Entry): string {
  return end === sign ? ' ,' : ',';
}

function intoEmpty(text: string, collection: Collection, entryText: string): Splice {
  const bracket = bracketOf(collection);
  const inside = insideOf(text, collection, bracket);
  // the space stands on both sides then; half of it goes with the entry again
  return put(bracket, inside.trim() === '' ? entryText + inside : entryText);
}

function emptied(text: string, collection: Collection, entry: Entry): Splice {
  const bracket = bracketOf(collection);
  const before = insideOf(text, collection, entry.start);
  const behind = text.slice(entry.end, bracket).replace(',', '');
  return { start: entry.start, end: bracket, text: before === behind ? '' : behind };
}

function insideOf(text: string, collection: Collection, end: number): string {
  return text.slice((collection.srcToken?.offset ?? end - 1) + 1, end);
}

function hasOwnLine(text: string, collection: Collection, index: number): boolean {
  const start = entriesOf(collection)[index]?.start ?? 0;
  return beginsLine(text, start) && lineStart(text, start) > (collection.srcToken?.offset ?? 0);
}

/** The comma that follows an entry, comments and line ends passed over. */
function commaBehind(text: string, from: number, to: number): number | undefined {
  for (let at = from; at < to; at += 1) {
    if (text[at] === ',') return at;
    if (text[at] !== '#') continue;
    const end = text.indexOf('\n', at);
    at = end === -1 ? to : end;
  }
  return undefined;
}

/** Behind a comment on the rest of the line. */
function behindRemark(text: string, from: number, to: number): number {
  const comment = /^[ \t]*#[^\r\n]*/.exec(text.slice(from, to));
  return from + (comment?.[0].length ?? 0);
}

function put(at: number, text: string): Splice {
  return { start: at, end: at, text };
}

function cut(start: number, end: number): Splice {
  return { start, end, text: '' };
}
