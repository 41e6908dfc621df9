import { type Document, isMap, isScalar, isSeq } from 'yaml';
import { type Block, columnOfBlock, deleteFromBlock, endOfBlock, indentedTo, insertIntoBlock, replaceInBlock } from './block.ts';
import { type Collection, type Entry, entriesOf, isEditable, isFlow } from './entries.ts';
import { deleteFromFlow, insertIntoFlow, replaceInFlow } from './flow.ts';
import { behindEntry, columnOf, commentColumn, lineAt, lineEnd } from './lines.ts';
import { type Path, type Spot, spotAt } from './parsed.ts';
import { linesAt, type Splice, withoutLines } from './splice.ts';
import { entryFlowText, entryLinesOf, flowText, itemLinesOf, type Layout, valueText } from './value-text.ts';

/** A document and its text. */
export interface Written {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly layout: Layout;
}

/** How a value comes to a path whose map or list is there, or is a key without a value. */
export function writing(written: Written, path: Path, value: unknown, comment: string | undefined): Splice[] {
  const spot = spotAt(written.document, path);
  const parent = path.slice(0, -1);
  const key = path.at(-1) as string | number;
  if (spot) return replacing(written, spot, key, value);
  const holder = parent.length === 0 ? written.document.contents : spotAt(written.document, parent)?.entry.value;
  return isEditable(holder)
    ? inserting(written, parent, holder, key, value, comment)
    : opening(written, parent, key, value, comment);
}

/** How what stands at a place is taken out; `path` is that of the map or list that it is in. */
export function deleting(written: Written, path: Path, { holder, index }: Spot): Splice[] {
  return isFlow(holder) ? deleteFromFlow(written.text, holder, index) : deleteFromBlock(blockAt(written, path, holder), index);
}

/** How an alias becomes a map that merges it, which is remembered in a comment above. */
export function unfolding({ text, layout }: Written, { holder, entry }: Spot, anchor: string): Splice[] {
  if (isFlow(holder)) return replaceInFlow(entry, undefined, `{ <<: *${anchor} }`);
  if (isSeq(holder)) return [{ start: entry.start, end: entry.end, text: `- <<: *${anchor}` }];
  const alias = besideSign(text, entry) ?? ` *${anchor}`;
  const below = indentedTo(layout.map, [`# made a map by sidekick/attach:${alias}`, `<<: *${anchor}`]);
  return replaceInBlock(text, entry, { inline: '', below }, layout.newline);
}

/** How a place becomes a null or an alias again that was one before it got an entry which is deleted now. */
export function givingBack({ text }: Written, { holder, entry }: Spot): Splice[] {
  const { sign, end, value } = entry;
  if (isFlow(holder) || sign === undefined) return [];
  const hidden = /^(\s+)# (\S+) before sidekick\/attach/.exec(text.slice(sign));
  if (hidden && !entry.written) return [{ start: sign, end: sign + hidden[0].length, text: `${hidden[1]}${hidden[2]}` }];
  if (!isMap(value) || value.items.length !== 1) return [];
  const below = lineEnd(text, sign);
  const alias = /^\s*# made a map by sidekick\/attach:(\s+\*\S+)\r?\n\s*<<: \*\S+$/.exec(text.slice(below, end));
  if (!alias) return [];
  return [{ start: sign, end: sign, text: alias[1] ?? '' }, withoutLines(text, below, lineEnd(text, end))];
}

/** What stands behind the `:`, where it is on the same line, with the spaces before it. */
function besideSign(text: string, { sign, end }: Entry): string | undefined {
  const beside = text.slice(sign ?? end, end);
  return sign === undefined || beside.includes('\n') ? undefined : beside;
}

function replacing({ text, layout }: Written, { holder, entry }: Spot, key: string | number, value: unknown): Splice[] {
  if (isFlow(holder)) return replaceInFlow(entry, isMap(holder) ? flowText(String(key)) : undefined, flowText(value));
  const column = columnOf(text, entry.start);
  const literal = literalFits(text, lineEnd(text, entry.end), column);
  if (isMap(holder)) return replaceInBlock(text, entry, valueText(value, layout, literal), layout.newline);
  // a comment behind the item is behind its last line then
  const alone = text.slice(entry.end, lineEnd(text, entry.end)).trim() === '';
  const lines = indentedTo(column, itemLinesOf(value, layout, literal && alone)).join(layout.newline);
  return [{ start: entry.start, end: entry.end, text: lines.trimStart() }];
}

function inserting(
  written: Written,
  path: Path,
  holder: Collection,
  key: string | number,
  value: unknown,
  comment: string | undefined,
): Splice[] {
  const { text, layout } = written;
  if (isFlow(holder)) {
    const entry = isSeq(holder) ? flowText(value) : entryFlowText(String(key), value);
    return insertIntoFlow(text, holder, entry, layout.newline);
  }
  const block = blockAt(written, path, holder);
  const literal = literalFits(text, endOfBlock(block), columnOfBlock(block));
  const lines = isSeq(holder) ? itemLinesOf(value, layout, literal) : entryLinesOf(String(key), value, layout, literal);
  return insertIntoBlock(block, [...commentLines(comment), ...lines]);
}

/** The first entry of what has no value yet. */
function opening(written: Written, path: Path, key: string | number, value: unknown, comment: string | undefined): Splice[] {
  const { text, document, layout } = written;
  const isList = typeof key === 'number';
  const spot = spotAt(document, path);
  const column = spot ? columnOf(text, spot.entry.start) : 0;
  const at = spot ? behindEntry(text, spot.entry.end, column + 1) : document.range[1];
  const literal = literalFits(text, at, column);
  const entryLines = isList ? itemLinesOf(value, layout, literal) : entryLinesOf(key, value, layout, literal);
  const lines = [...commentLines(comment), ...entryLines];
  if (!spot) return [...withoutNull(document), linesAt(text, at, lines, layout.newline)];
  const { holder, entry } = spot;
  if (isFlow(holder) || isSeq(holder)) return replacing(written, spot, path.at(-1) ?? '', isList ? [value] : { [key]: value });
  const below = linesAt(text, at, indentedTo(column + (isList ? layout.list : layout.map), lines), layout.newline);
  return entry.written ? [hidingNull(text, entry), below] : [below];
}

/** A `~` or `null` is remembered in a comment beside its key. */
function hidingNull(text: string, entry: Entry): Splice {
  const beside = besideSign(text, entry)?.replace(/\S+/, '# $& before sidekick/attach');
  return { start: entry.sign ?? entry.end, end: entry.end, text: beside ?? '' };
}

function withoutNull({ contents }: Document.Parsed): Splice[] {
  if (!isScalar(contents) || !contents.source) return [];
  const [start, end] = contents.range;
  return [{ start, end, text: '' }];
}

function blockAt({ text, document, layout }: Written, path: Path, collection: Collection): Block {
  const owner = spotAt(document, path)?.entry;
  const first = entriesOf(collection)[0];
  const flush =
    isSeq(collection) && owner !== undefined && first !== undefined && columnOf(text, first.start) <= columnOf(text, owner.start);
  return { text, collection, root: path.length === 0, flush, newline: layout.newline };
}

/** A comment as lines. */
export function commentLines(comment: string | undefined): string[] {
  return comment === undefined ? [] : comment.split('\n').map((line) => (line.startsWith('#') ? line : `# ${line}`));
}

/** Whether a text may stand in lines below a `|` before `at`: what follows would be taken for a part of it where it is indented as far. */
function literalFits(text: string, at: number, column: number): boolean {
  const next = /[^\r\n]/.exec(text.slice(at));
  const line = next ? lineAt(text, at + next.index) : '';
  return line.trim() === '' ? line === '' : (commentColumn(line) ?? 0) <= column;
}
