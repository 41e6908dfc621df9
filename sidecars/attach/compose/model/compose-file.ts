import { isMap, type Node } from 'yaml';
import { entriesOf, resolved } from '../../wish/entries.ts';
import type { Place } from '../../wish/wish.ts';
import type { YamlText } from '../../yaml/yaml-text.ts';
import { type Keys, keysOf, Plain } from './plain.ts';
import { readService, type Service } from './service.ts';

/** What attach has to know of a compose file. */
export interface ComposeFile {
  readonly services: ReadonlyMap<string, Service>;
  /** Everything else of the top level, as plain values. */
  readonly keys: Keys;
  /** Where one of the keys of the top level is written. */
  readonly placeOf: (key: string) => Place;
  /** What stands under a key of the top level. */
  readonly nodeOf: (key: string) => Node | undefined;
}

/** Reads the first document of a compose file; compose reads no other. */
export function readComposeFile(yaml: YamlText): ComposeFile {
  const [document] = yaml.documents;
  const placeOf = (node: Node | undefined) => yaml.placeOf(node?.range?.[0] ?? 0);
  const root = document?.contents;
  const entries = document !== undefined && isMap(root) ? entriesOf(root, document) : [];
  const entryOf = (key: string) => entries.find(({ name }) => name === key);
  const services = new Map<string, Service>();
  const file: ComposeFile = {
    services,
    keys: document === undefined ? {} : keysOf(new Plain(document).of(root)),
    placeOf: (key) => placeOf(entryOf(key)?.key),
    nodeOf: (key) => entryOf(key)?.value,
  };
  const written = document === undefined ? undefined : resolved(entryOf('services')?.value, document);
  if (document === undefined || !isMap(written)) return file;
  const plain = new Plain(document);
  const items = new Map<string, readonly [Node | undefined, Node | undefined]>();
  for (const { name, key, value } of entriesOf(written, document)) if (name !== undefined) items.set(name, [key, value]);
  const read = (name: string, way: readonly string[]): Service | undefined => {
    const item = items.get(name);
    if (item === undefined || way.includes(name)) return undefined;
    return readService(name, item[0], item[1], {
      document,
      plain,
      placeOf,
      keysOf: (other) => read(other, [...way, name])?.keys ?? {},
    });
  };
  for (const name of items.keys()) {
    const service = read(name, []);
    if (service !== undefined) services.set(name, service);
  }
  return file;
}
