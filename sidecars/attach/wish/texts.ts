import { type Document, isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { Invalid, type Kind } from '#shared/config/kinds.ts';
import { entriesOf, isEmpty, kindOf, resolved, strangeTag } from './entries.ts';
import { isKnown, literal } from './interpolation.ts';
import type { Spot } from './where.ts';

/** How a kind writes names with values in one text. */
interface Pairs {
  readonly equals: string;
  readonly between: string;
  /** What no name and no value may hold, and how messages call it. */
  readonly never: readonly [pattern: RegExp, called: string];
  readonly encode?: (value: string) => string;
}

const commas: Pairs = { equals: '=', between: ',', never: [/[,\n]/, 'a comma or a line end'] };
const lines: Pairs = { equals: ': ', between: '\n', never: [/\n/, 'a line end'] };

/** The kinds that read names with values, by their names. */
const pairs: Readonly<Record<string, Pairs>> = {
  labels: commas,
  rules: commas,
  'list of NAME=WHAT+…s': commas,
  'header lines': lines,
  'secret header lines': lines,
  'option=value&…': {
    equals: '=',
    between: '&',
    never: [/\n/, 'a line end'],
    encode: (value) => value.replaceAll(/[\s;,=?&%]/g, encodeURIComponent),
  },
};

/** How those kinds join several texts that read several and cannot be given as several flags. */
const joined: Readonly<Record<string, string>> = {
  'secret header lines': '\n',
  'secret list of age identities': '\n',
  'option=value&…': '&',
};

/** Whether a kind reads names with values, so that a mapping may be written for it. */
export function readsPairs(kind: Kind<unknown>): boolean {
  return Object.hasOwn(pairs, kind.name);
}

/** Whether a kind reads several texts, so that a list may be written for it. */
export function readsLists(kind: Kind<unknown>): boolean {
  return kind.join !== undefined || Object.hasOwn(joined, kind.name);
}

/** The text of a scalar, a list, or a mapping of names to values, as the kind reads it; undefined where it is wrong, which is then told. */
export function textOf(node: Node, kind: Kind<unknown>, spot: Spot): string | undefined {
  const before = spot.count;
  const text = isMap(node) ? ofMapping(node, kind, spot) : isSeq(node) ? ofList(node, kind, spot) : scalarText(node, spot);
  // what is wrong in a part is told there
  if (text === undefined || spot.count > before) return undefined;
  if (isSeq(node) && !readsPairs(kind)) checkItems(node, text, kind, spot);
  if (spot.count === before) check(text, kind, spot);
  return spot.count > before ? undefined : text;
}

/** Finds the items for which a list is refused; one of names with values may say little without the others. */
function checkItems(list: YAMLSeq, whole: string, kind: Kind<unknown>, spot: Spot): void {
  if (isKnown(whole, spot.where) && takes(kind, literal(whole, spot.where))) return;
  for (const [index, item] of list.items.entries()) {
    const node = resolved(item, spot.where.document);
    if (isScalar(node) && node.source !== undefined) check(node.source, kind, spot.within(`[${index}]`, node));
  }
}

/** Whether a kind reads a text. */
export function takes(kind: Kind<unknown>, text: string): boolean {
  try {
    kind.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The text of a scalar as it is written, `0755` and `10M`; undefined where it is none or empty, which is then told. */
export function scalarText(node: Node | undefined, spot: Spot): string | undefined {
  const tag = strangeTag(node);
  if (tag !== undefined) spot.is(`has the tag ${tag}, which means nothing here; leave it out`);
  else if (isEmpty(node)) spot.is('has no value; write one, or leave it out');
  else if (!isScalar(node)) spot.is(`is ${kindOf(node)}; write a text`);
  else if (!node.source) spot.is('is empty; write a value, or leave it out');
  else if (node.source.includes('\0')) spot.is('holds a NUL character, which no setting can have');
  else return node.source;
  return undefined;
}

function ofList(list: YAMLSeq, kind: Kind<unknown>, spot: Spot): string | undefined {
  const { document } = spot.where;
  const tag = strangeTag(list);
  if (tag !== undefined) return void spot.is(`has the tag ${tag}, which means nothing here; leave it out`);
  if (!readsLists(kind)) return void spot.is(`is a list, and takes one value: ${kind.name}`);
  if (list.items.length === 0) return void spot.is('is a list of nothing; name something, or leave it out');
  const texts = list.items.map((item, index) => {
    const node = resolved(item, document);
    const place = spot.within(`[${index}]`, node);
    const text = scalarText(node, place)?.replace(/\n$/, '');
    if (text?.includes('\n')) place.is('holds a line end, which separates items; write each as an item of its own');
    return text;
  });
  const found = texts.filter((text) => text !== undefined);
  return found.length < texts.length ? undefined : joinedText(found, kind, spot);
}

/** One line with commas where the kind reads it to the same, else a line for each. */
function joinedText(texts: readonly string[], kind: Kind<unknown>, { where }: Spot): string {
  const usual = kind.join?.(texts) ?? texts.join(joined[kind.name]);
  const line = texts.join(',');
  if (kind.join === undefined || !isKnown(usual, where)) return usual;
  const [ofLine, ofUsual] = [literal(line, where), literal(usual, where)];
  const isSame =
    takes(kind, ofLine) && takes(kind, ofUsual) && kind.format(kind.parse(ofLine)) === kind.format(kind.parse(ofUsual));
  return isSame ? line : usual;
}

function ofMapping(map: YAMLMap, kind: Kind<unknown>, spot: Spot): string | undefined {
  const notation = Object.hasOwn(pairs, kind.name) ? pairs[kind.name] : undefined;
  const { document } = spot.where;
  const tag = strangeTag(map);
  if (tag !== undefined) return void spot.is(`has the tag ${tag}, which means nothing here; leave it out`);
  if (notation === undefined)
    return void spot.is(`is a mapping, and takes ${readsLists(kind) ? 'a text or a list' : 'one value'}: ${kind.name}`);
  const entries = entriesOf(map, document);
  if (entries.length === 0) return void spot.is('is a mapping of nothing; name something, or leave it out');
  const texts = entries.map(({ name, key, value }) => {
    if (!name) return void spot.within('', key).is('has a name that is empty or no text; write NAME: VALUE');
    const place = spot.within(`.${name}`, value);
    const text = isSeq(value) && kind.name.includes('+') ? members(value, document, place) : scalarText(value, place);
    const [never, called] = notation.never;
    if (text === undefined) return undefined;
    if (never.test(text)) return void place.is(`holds ${called}, which separates one from the next; leave it out`);
    if (never.test(name) || name.includes(notation.equals.trim()))
      return void spot.within(`.${name}`, key).is(`has a name with ${notation.equals.trim()} or ${called} in it; leave it out`);
    return `${name}${notation.equals}${notation.encode?.(text) ?? text}`;
  });
  const found = texts.filter((text) => text !== undefined);
  return found.length < texts.length ? undefined : found.join(notation.between);
}

/** What is counted together under a name: `[10.0.0.1, redis]`. */
function members(list: YAMLSeq, document: Document, spot: Spot): string | undefined {
  const texts = list.items.map((item, index) =>
    scalarText(resolved(item, document), spot.within(`[${index}]`, resolved(item, document))),
  );
  if (texts.length === 0) spot.is('is a list of nothing; name something, or leave it out');
  return texts.includes(undefined) ? undefined : texts.join('+') || undefined;
}

/** Has a text read by the kind, where it is known, and tells what the kind says. */
function check(text: string, kind: Kind<unknown>, spot: Spot): void {
  if (!isKnown(text, spot.where)) return;
  try {
    kind.parse(literal(text, spot.where));
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    if (error.parts.length === 0) spot.is(error.message);
    for (const part of error.parts) spot.says(part);
  }
}
