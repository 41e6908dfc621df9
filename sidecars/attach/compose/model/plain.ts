import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import { entriesOf, resolved } from '../../wish/entries.ts';

/** A mapping of compose as plain values. */
export type Keys = Readonly<Record<string, unknown>>;

/** Turns nodes into plain values, with aliases and merge keys resolved. What `!reset` takes away is not there. */
export class Plain {
  readonly #document: Document;
  // a node that many aliases lead to is read once, and one that holds itself ends there
  readonly #known = new Map<Node, unknown>();

  constructor(document: Document) {
    this.#document = document;
  }

  of(node: unknown): unknown {
    const target = resolved(node, this.#document);
    if (target === undefined || target.tag === '!reset') return undefined;
    if (!this.#known.has(target)) {
      this.#known.set(target, undefined);
      this.#known.set(target, this.#read(target));
    }
    return this.#known.get(target);
  }

  #read(node: Node): unknown {
    if (isSeq(node)) return node.items.map((item) => this.of(item));
    if (!isMap(node)) return isScalar(node) ? node.value : null;
    return Object.fromEntries(
      entriesOf(node, this.#document).flatMap(({ name, value }) => (name === undefined ? [] : [[name, this.of(value)]])),
    );
  }
}

/** Whether a value is a mapping. */
export function isMapping(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a mapping; one that is none has no keys. */
export function keysOf(value: unknown): Keys {
  return isMapping(value) ? value : {};
}

/** A value as a list of what is in it; a single one is a list of one. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** The texts of a list, or the keys of a mapping: many keys of compose may be written either way. */
export function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : Object.keys(keysOf(value));
}
