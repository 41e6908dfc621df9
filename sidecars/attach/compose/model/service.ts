import { type Document, isAlias, isMap, isScalar, type Node } from 'yaml';
import { entriesOf } from '../../wish/entries.ts';
import type { Place } from '../../wish/wish.ts';
import { type Keys, keysOf, type Plain } from './plain.ts';

/** A service of a compose file. */
export interface Service {
  readonly name: string;
  readonly place: Place;
  /** Its keys, with those that aliases, merge keys and `extends` bring in. */
  readonly keys: Keys;
  /** What stands under its `x-sidekick`. */
  readonly wish: Node | undefined;
  /** The place of one of its keys, or its own. */
  readonly placeOf: (key: string) => Place;
  /**
   * Where one of its keys is written: in its own mapping, so that entries can be added to it; by an alias (`extra_hosts: *hosts`); or
   * elsewhere, in what it merges or extends. Undefined where it has no such key.
   */
  readonly isWritten: (key: string) => 'here' | 'alias' | 'elsewhere' | undefined;
  /** A service of another file that it extends, of which nothing is known. */
  readonly extendsFile: string | undefined;
}

/** What services are read with. */
export interface Reading {
  readonly document: Document;
  readonly plain: Plain;
  readonly placeOf: (node: Node | undefined) => Place;
  /** The keys of another service of the file, for `extends`. */
  readonly keysOf: (service: string) => Keys;
}

/** Reads a service. */
export function readService(name: string, key: Node | undefined, node: Node | undefined, reading: Reading): Service {
  const { document, plain, placeOf } = reading;
  const entries = isMap(node) ? entriesOf(node, document) : [];
  const keys = keysOf(plain.of(node));
  const base = keysOf(keys.extends);
  const extended = typeof keys.extends === 'string' ? keys.extends : base.service;
  const isElsewhere = base.file !== undefined;
  const all = extended === undefined || isElsewhere ? keys : extend(reading.keysOf(String(extended)), keys);
  return {
    name,
    place: placeOf(key),
    keys: all,
    wish: entries.find((entry) => entry.name === 'x-sidekick')?.value,
    placeOf: (wanted) => placeOf(entries.find((entry) => entry.name === wanted)?.key ?? key),
    isWritten: (wanted) => {
      const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.source === wanted) : undefined;
      if (all[wanted] === undefined) return undefined;
      if (pair === undefined) return 'elsewhere';
      return isAlias(pair.value) ? 'alias' : 'here';
    },
    extendsFile: isElsewhere ? String(base.file) : undefined,
  };
}

/** What `extends` makes of two services: mappings are merged, lists joined. */
function extend(base: Keys, own: Keys): Keys {
  const found: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const other = found[key];
    if (Array.isArray(other) && Array.isArray(value) && !['command', 'entrypoint'].includes(key))
      found[key] = [...other, ...value];
    else if (Object.keys(keysOf(other)).length > 0 && Object.keys(keysOf(value)).length > 0)
      found[key] = extend(keysOf(other), keysOf(value));
    else if (value !== undefined) found[key] = value;
  }
  return found;
}
