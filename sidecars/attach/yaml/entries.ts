import { type CST, isMap, isSeq, type ParsedNode, type YAMLMap, type YAMLSeq } from 'yaml';

/** Where an entry of a map or an item of a list stands in the text. */
export interface Entry {
  /** Where its key begins; of an item of a list its dash or, between brackets, its value. */
  readonly start: number;
  /** Behind the `:` or the dash; undefined where there is neither. */
  readonly sign: number | undefined;
  /** Behind its last character that is neither space nor comment. */
  readonly end: number;
  /** The token of the key, where it has one. */
  readonly key: CST.Token | undefined;
  readonly value: ParsedNode | null;
  /** Whether the value has a text of its own: `a: ~` has, `a:` has not. */
  readonly written: boolean;
  /** The text in lines that it ends with: whether blank lines below are a part of it (`|+`), and how far it is indented. */
  readonly lastText: { readonly greedy: boolean; readonly indent: number } | undefined;
  /** A comment between the `:` and a value that stands on lines below. */
  readonly remark: string | undefined;
}

export type Collection = YAMLMap.Parsed<ParsedNode, ParsedNode | null> | YAMLSeq.Parsed;

/** Entries that were found already: the same collections are looked at for each edit again and again. */
const found = new WeakMap<Collection, readonly Entry[]>();

/** The entries of a collection that has a text of its own, in its order. */
export function entriesOf(collection: Collection): readonly Entry[] {
  return found.getOrInsertComputed(collection, () => readEntries(collection));
}

function readEntries(collection: Collection): readonly Entry[] {
  const token = collection.srcToken;
  if (token === undefined || !('items' in token)) return [];
  const items = token.items.filter((item) => hasContent(item));
  return collection.items.map((node, index) => {
    const { start = [], key, sep = [], ...item } = items[index] as CST.CollectionItem;
    // before a comma the parser puts an empty value where there is none
    const value =
      item.value && 'source' in item.value && item.value.source === '' && item.value.type === 'scalar' ? undefined : item.value;
    // a pair in a list between brackets, [a: b], is one item
    const signs = isSeq(collection) ? [...start] : sep;
    const sign = signs.findLast(({ type }) => type === (isSeq(collection) ? 'seq-item-ind' : 'map-value-ind'));
    const held = isSeq(collection) ? node : (node as YAMLMap.Parsed['items'][number]).value;
    return {
      start: Math.min(
        ...[...significant(start), key, ...significant(sep), value].map((it) => it?.offset ?? Number.POSITIVE_INFINITY),
      ),
      sign: sign && sign.offset + 1,
      end: Math.max(...[...significant(start), key, ...significant(sep), value].map((it) => (it ? endOf(it) : 0))),
      key: key ?? undefined,
      value: (held ?? null) as ParsedNode | null,
      written: value !== undefined && value !== null,
      lastText: lastText(value),
      remark: value && value.type !== 'block-scalar' ? remarkOf(sep) : undefined,
    };
  });
}

/** Whether a collection is written between brackets or braces. */
export function isFlow(collection: Collection): boolean {
  return collection.srcToken?.type === 'flow-collection';
}

/** Whether a node is a collection whose entries can be edited where they stand. */
export function isEditable(node: unknown): node is Collection {
  // a pair in a list between brackets, [a: b], is a map without a text of its own
  return (
    (isMap(node) || isSeq(node)) && node.srcToken !== undefined && 'items' in node.srcToken && !isPairOfList(node as Collection)
  );
}

/** Where the closing bracket of a flow collection stands. */
export function bracketOf(collection: Collection): number {
  const { end } = collection.srcToken as CST.FlowCollection;
  return end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end')?.offset ?? 0;
}

/** Behind the last character of a token that is neither space nor comment. */
export function endOf(token: CST.Token): number {
  switch (token.type) {
    case 'block-scalar': {
      const props = token.props as CST.SourceToken[];
      const head = props.reduce((sum, { source }) => sum + source.length, 0);
      const header = props.find(({ type }) => type === 'block-scalar-header');
      if (token.source === '') return header ? header.offset + header.source.length : token.offset + head;
      // blank lines at the end are a part of the text only where the header says so, or where they are more than blank
      const text = header?.source.includes('+') ? token.source : token.source.replace(/(?:\r?\n)+$/, '');
      if (text === '' && header) return header.offset + header.source.length;
      return token.offset + head + text.replace(/\r?\n$/, '').length;
    }
    case 'block-map':
    case 'block-seq': {
      const { start = [], key, sep = [], value } = token.items.findLast((item) => hasContent(item)) ?? {};
      return Math.max(0, ...[...significant(start), key, ...significant(sep), value].map((it) => (it ? endOf(it) : 0)));
    }
    case 'flow-collection': {
      const closing = token.end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end');
      return closing ? closing.offset + 1 : token.offset + 1;
    }
    default:
      return 'source' in token ? token.offset + token.source.length : 0;
  }
}

function lastText(token: CST.Token | null | undefined): Entry['lastText'] {
  if (token?.type === 'block-scalar') {
    const header = (token.props as CST.SourceToken[]).find(({ type }) => type === 'block-scalar-header')?.source ?? '';
    const indents = [...token.source.matchAll(/^( *)[^\s]/gm)].map(([, spaces = '']) => spaces.length);
    return { greedy: header.includes('+'), indent: Math.min(...indents) };
  }
  const isBlock = token?.type === 'block-map' || token?.type === 'block-seq';
  return isBlock ? lastText(token.items.findLast((item) => hasContent(item))?.value) : undefined;
}

function isPairOfList(node: Collection): boolean {
  return isMap(node) && node.srcToken?.type === 'flow-collection' && node.srcToken.start.source === '[';
}

function hasContent({ start, key, sep, value }: CST.CollectionItem): boolean {
  return Boolean(key || sep || value) || start.some(({ type }) => contentSigns.has(type));
}

const contentSigns = new Set<string>(['seq-item-ind', 'explicit-key-ind', 'anchor', 'tag']);
const silent = new Set<string>(['space', 'newline', 'comment', 'comma']);

function significant(tokens: readonly CST.SourceToken[]): CST.SourceToken[] {
  return tokens.filter(({ type }) => !silent.has(type));
}

function remarkOf(sep: readonly CST.SourceToken[]): string | undefined {
  const comment = sep.findIndex(({ type }) => type === 'comment');
  const newline = sep.findIndex(({ type }) => type === 'newline');
  return comment !== -1 && comment < newline ? sep[comment]?.source : undefined;
}
