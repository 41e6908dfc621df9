import { type Document, isAlias, isCollection, isMap, isNode, isScalar, type Node, type YAMLMap } from 'yaml';
import { entriesOf, isEditable } from '../yaml/entries.ts';
import { YamlText } from '../yaml/yaml-text.ts';

/**
 * Keys of a service that compose refuses, or does twice, where two files say the same: "services.web.security_opt items at 0 and 1 are equal".
 * With `!override` the file with the sidecars can be used alone, and over the one that it was made from. Tried one by one with compose 2.40.
 */
const doubled = [
  'security_opt',
  'group_add',
  'external_links',
  'volumes_from',
  'device_cgroup_rules',
  'gpus',
  'post_start',
  'pre_stop',
];

/** How a key is merged with that of another file: in its place, or as if neither had it, also where there is no other file. */
export type MergeTag = '!override' | '!reset';

/** Where `!override` is needed: `services/web/security_opt`. What has a tag already, or comes from an alias or a merge key, stays as it is. */
export function overridesOf(document: Document): string[] {
  const services = isMap(document.contents) ? document.contents.get('services') : undefined;
  if (!isMap(services)) return [];
  return services.items.flatMap(({ key, value }) =>
    isMap(value)
      ? doubled
          .filter((name) => isPlain(value.get(name, true)))
          .map((name) => `services/${isScalar(key) ? key.value : ''}/${name}`)
      : [],
  );
}

function isPlain(node: unknown): boolean {
  const isEmpty = isScalar(node) ? node.value === null : isCollection(node) && node.items.length === 0;
  return isNode(node) && !isAlias(node) && !isEmpty && !hasTag(node);
}

function hasTag({ tag: written }: Node): boolean {
  return written?.startsWith('!') ?? false;
}

/** Writes the tag behind the colon of each key: `services/web/links`. */
export function withTag(text: string, tag: MergeTag, paths: readonly string[]): string {
  return edited(text, paths, () => ` ${tag}`, 0);
}

/** Takes the tag out again; where a person has done so already, nothing is changed. */
export function withoutTag(text: string, tag: MergeTag, paths: readonly string[]): string {
  const written = ` ${tag}`;
  return edited(text, paths, (at) => (text.startsWith(written, at) ? '' : text.slice(at, at + written.length)), written.length);
}

/** Replaces so many characters behind the colon of each key. */
function edited(text: string, paths: readonly string[], replacement: (at: number) => string, length: number): string {
  if (paths.length === 0) return text;
  // places are counted from behind it
  const mark = /^\uFEFF?/.exec(text)?.[0] ?? '';
  const [document] = YamlText.parse(text, '').documents;
  const places = paths
    .flatMap((path) => colonOf(document?.contents, path.split('/')) ?? [])
    .map((place) => place + mark.length)
    .sort((a, b) => b - a);
  return places.reduce((found, at) => found.slice(0, at) + replacement(at) + found.slice(at + length), text);
}

/** Behind the colon of a key. */
function colonOf(node: unknown, [name, ...rest]: readonly string[]): number | undefined {
  if (!isEditable(node) || !isMap(node)) return undefined;
  const index = (node as YAMLMap).items.findIndex(({ key }) => isScalar(key) && String(key.value) === name);
  const entry = entriesOf(node)[index];
  return rest.length === 0 ? entry?.sign : colonOf(entry?.value, rest);
}
