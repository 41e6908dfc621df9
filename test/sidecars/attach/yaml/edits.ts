import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, parse, visit } from 'yaml';
import type { YamlText } from '../../../../sidecars/attach/yaml/yaml-text.ts';

export type Path = readonly (string | number)[];

/** An edit that both a text and plain data can get. */
export interface Edit {
  readonly verb: 'set' | 'append' | 'delete';
  readonly path: Path;
  readonly value?: unknown;
}

type Holder = Record<string | number, unknown>;

/** What a reader of YAML says of a text of one document. */
export function dataOf(text: string): unknown {
  return unshared(parse(text.replace(/^\ufeff/, ''), { merge: true, logLevel: 'silent', maxAliasCount: -1 }));
}

/** The data, edited. */
export function edited(data: unknown, { verb, path, value }: Edit): unknown {
  const root: Holder = { root: unshared(data) };
  const way = ['root', ...path, ...(verb === 'append' ? [-1] : [])];
  let holder = root;
  for (const [index, key] of way.slice(0, -1).entries()) {
    holder[key] ??= typeof way[index + 1] === 'number' ? [] : {};
    holder = holder[key] as Holder;
  }
  const key = way.at(-1) as string | number;
  if (verb === 'append') (holder as unknown as unknown[]).push(value);
  else if (verb === 'set') holder[key] = value;
  else if (Array.isArray(holder)) holder.splice(key as number, 1);
  else delete holder[key];
  return root.root;
}

/** The text, edited. */
export function edit(yaml: YamlText, { verb, path, value }: Edit, comment?: string): void {
  if (verb === 'set') yaml.set(0, path, value, comment);
  else if (verb === 'append') yaml.append(0, path, value);
  else yaml.delete(0, path);
}

/** All paths of data, the empty one first. */
export function pathsOf(data: unknown, path: Path = []): Path[] {
  if (typeof data !== 'object' || data === null) return [path];
  const keys = Array.isArray(data) ? [...data.keys()] : Object.keys(data);
  return [path, ...keys.flatMap((key) => pathsOf((data as Holder)[key], [...path, key]))];
}

/** What is at a path of data. */
export function at(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Holder | null)?.[key], data);
}

/** Data in which a key without a value and an empty collection are the same: a deletion makes the one of the other. */
export function withoutEmpty(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) return data.length === 0 ? null : data.map(withoutEmpty);
  const entries = Object.entries(data).map(([key, value]) => [key, withoutEmpty(value)]);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** What there is on the way to a path that an edit below it has to heed. */
export interface Way {
  /** Whether it is written in the text itself, not brought by an alias or a merge. */
  readonly own: boolean;
  /** Whether an alias may show elsewhere what is done here. */
  readonly anchored: boolean;
  /** Whether a deletion can make of the place again what it was. */
  readonly reversible: boolean;
}

/** What there is on the way to a path. */
export function wayTo(document: Document.Parsed, path: Path): Way {
  let node: unknown = document.contents;
  let flow = false;
  let way: Way = { own: true, anchored: hasAnchor(node), reversible: true };
  for (const key of path) {
    if (!isCollection(node)) return { ...way, own: false };
    flow ||= Boolean(node.flow);
    const inList = isSeq(node);
    const next: unknown = inList
      ? node.items[key as number]
      : isMap(node)
        ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)
        : undefined;
    if (next === undefined) return { ...way, own: false };
    node = inList ? next : (next as { value: unknown }).value;
    const isNull = node === null || (isScalar(node) && node.value === null);
    const isPair = isMap(node) && node.flow && node.srcToken === undefined;
    const lost =
      (isNull && flow) || (isNull && inList) || isPair || (isAlias(node) && (flow || inList || !isMap(node.resolve(document))));
    way = { own: true, anchored: way.anchored || hasAnchor(node), reversible: way.reversible && !lost };
  }
  return way;
}

/** Whether anything at a path or below has an anchor or merges others. */
export function isShared(document: Document.Parsed, path: Path): boolean {
  let node: unknown = document.contents;
  for (const key of path) {
    if (isSeq(node)) node = node.items[key as number];
    else if (isMap(node)) node = node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)?.value;
    else return true;
  }
  let shared = false;
  if (node) {
    visit(node as Document.Parsed['contents'], {
      Node: (_, it) => {
        shared ||= hasAnchor(it);
      },
    });
  }
  return shared;
}

function hasAnchor(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'anchor' in node && Boolean(node.anchor);
}

/** Without what aliases share. */
function unshared(data: unknown): unknown {
  return data === undefined ? null : JSON.parse(JSON.stringify(data));
}
