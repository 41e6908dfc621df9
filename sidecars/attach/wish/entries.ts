import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';

/** A key of a mapping and what stands behind it. */
export interface Entry {
  /** The key as a text; undefined where it is none: `[a, b]: c`. */
  readonly name: string | undefined;
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

/** What an alias leads to, and any other node itself, as an alias that leads nowhere; undefined where there is nothing. */
export function resolved(node: unknown, document: Document): Node | undefined {
  const target = isAlias(node) ? (node.resolve(document) ?? node) : node;
  return isNode(target) ? target : undefined;
}

/** The entries of a mapping with those that merge keys (`<<: *common`) bring in, which its own go over. */
export function entriesOf(map: YAMLMap, document: Document): Entry[] {
  return [...merged(map, document, []).values()];
}

function merged(map: YAMLMap, document: Document, way: readonly YAMLMap[]): Map<string | Node | undefined, Entry> {
  const own: Entry[] = [];
  const found = new Map<string | Node | undefined, Entry>();
  // a mapping that merges itself brings nothing new
  if (way.includes(map)) return found;
  for (const pair of map.items) {
    const key = isNode(pair.key) ? pair.key : undefined;
    const value = resolved(pair.value, document);
    if (!isMerge(key)) own.push({ name: nameOf(resolved(key, document)), key, value });
    else
      for (const source of isSeq(value) ? value.items.map((item) => resolved(item, document)) : [value])
        if (isMap(source))
          for (const [name, entry] of merged(source, document, [...way, map])) if (!found.has(name)) found.set(name, entry);
  }
  for (const entry of own) found.set(entry.name ?? entry.key, entry);
  return found;
}

function isMerge(key: Node | undefined): boolean {
  return isScalar(key) && key.source === '<<' && key.type === 'PLAIN';
}

function nameOf(key: Node | undefined): string | undefined {
  return isScalar(key) && key.source !== undefined ? key.source : undefined;
}

/** What a node is, for messages. */
export function kindOf(node: Node | undefined): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (isAlias(node)) return `*${node.source}, which leads nowhere`;
  return isEmpty(node) ? 'empty' : 'a text';
}

/** Whether nothing is written: `to:`, `to: ~`. */
export function isEmpty(node: Node | undefined): boolean {
  return node === undefined || (isScalar(node) && node.value === null);
}

/** A tag that a person wrote and that is none of YAML's own for texts, numbers, mappings and lists: `!reset`. */
export function strangeTag(node: Node | undefined): string | undefined {
  const tag = node?.tag;
  if (!tag || tag === '!' || /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(tag)) return undefined;
  return tag.replace(/^tag:yaml\.org,2002:/, '!!');
}
