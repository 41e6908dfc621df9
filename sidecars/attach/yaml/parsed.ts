import {
  type Document,
  type DocumentOptions,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  type ParseOptions,
  parseAllDocuments,
  parseDocument,
  visit,
} from 'yaml';
import { Refused } from '../attached.ts';
import type { Problem } from '../wish/wish.ts';
import { type Collection, type Entry, entriesOf, isEditable } from './entries.ts';

const options: ParseOptions & DocumentOptions & { merge: boolean } = {
  keepSourceTokens: true,
  prettyErrors: false,
  merge: true,
  logLevel: 'error',
};

/**
 * How plain values are made. An anchor may be used as often as a file of hundreds of services does: what aliases lead to is one and the same object, so that none of
 * them takes memory of its own.
 */
export const plainly = { maxAliasCount: -1 } as const;

/** What stands at a path of a document. */
export interface Spot {
  readonly holder: Collection;
  readonly index: number;
  readonly entry: Entry;
}

/** A path in a document: `['services', 'web', 'ports', 0]`. */
export type Path = readonly (string | number)[];

/** All documents of a text. @throws Refused with everything that YAML forbids. */
export function parsed(text: string, file: string, lines = new LineCounter()): Document.Parsed[] {
  const found = parseAllDocuments(text, { ...options, lineCounter: lines });
  const documents = 'empty' in found ? [parseDocument(text, options)] : found;
  const problems = documents.flatMap((document) => problemsOf(document, lines, text));
  if (problems.length > 0) throw new Refused(file, problems);
  return documents;
}

/** What stands at a path, or undefined where nothing does, or not in so many words. */
export function spotAt(document: Document.Parsed, path: Path): Spot | undefined {
  let node: ParsedNode | null = document.contents;
  let spot: Spot | undefined;
  for (const key of path) {
    if (!isEditable(node)) return undefined;
    const index = indexOf(node, key);
    const entry = entriesOf(node)[index];
    if (!entry) return undefined;
    spot = { holder: node, index, entry };
    node = entry.value;
  }
  return spot;
}

/** The value at a path as plain data, also where an alias or a merge (`<<`) brings it; undefined where there is none. */
export function dataAt(document: Document.Parsed, path: Path): unknown {
  let data = plainOf(document);
  for (const key of path) {
    if (typeof data !== 'object' || data === null || !Object.hasOwn(data, key)) return undefined;
    data = (data as Record<string | number, unknown>)[key];
  }
  return data;
}

/** The plain values of documents, which are asked for at each edit again and again; they are only read. */
const plain = new WeakMap<Document.Parsed, unknown>();

function plainOf(document: Document.Parsed): unknown {
  return plain.getOrInsertComputed(document, () => document.toJS(plainly));
}

function indexOf(node: Collection, key: string | number): number {
  if (isSeq(node)) return typeof key === 'number' ? key : -1;
  return node.items.findIndex((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}

function problemsOf(document: Document.Parsed, lines: LineCounter, text: string): Problem[] {
  const problemAt = (offset: number, text: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { place: { line, column: col }, text };
  };
  const problems = document.errors.map(({ code, message, pos: [start] }) =>
    problemAt(
      start,
      code === 'DUPLICATE_KEY' ? `the key ${keyAt(text, start)} is there twice in one map; leave one of them` : message,
    ),
  );
  if (problems.length > 0) return problems;
  visit(document, {
    Alias: (_, alias) => {
      const offset = alias.range?.[0] ?? 0;
      const source = alias.resolve(document);
      if (!source) problems.push(problemAt(offset, `*${alias.source} has no &${alias.source} before it`));
      else if (source.range && offset < source.range[1] && offset >= source.range[0]) {
        problems.push(problemAt(offset, `*${alias.source} is within its own &${alias.source}`));
      }
    },
  });
  if (problems.length > 0) return problems;
  try {
    plainOf(document);
    return [];
  } catch (error) {
    return [problemAt(document.contents?.range[0] ?? 0, error instanceof Error ? error.message : String(error))];
  }
}

function keyAt(text: string, offset: number): string {
  return /^[^\s:,}]+/.exec(text.slice(offset))?.[0] ?? '';
}
