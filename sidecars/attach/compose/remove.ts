import type { Document } from 'yaml';
import { YamlText } from '../yaml/yaml-text.ts';
import { withoutTag } from './merge-tags.ts';
import { loopbackHosts, nameOfHost } from './model/extra-hosts.ts';
import { linksOf } from './model/links.ts';
import { isMapping, keysOf, namesOf, Plain } from './model/plain.ts';
import { type Attachment, recordOf } from './record.ts';

/** Takes out of a compose file what was attached, and gives back what it was before, byte for byte. @throws Refused where it is no YAML. */
export function removeFromCompose(text: string, file: string): string {
  const untagged = withoutTags(text, file);
  const yaml = YamlText.parse(untagged, file);
  const left = structuredClone(plainOf(yaml));
  // backwards, as what was written last was written into what the others had left
  for (const { name, record } of attachedIn(left).reverse()) {
    yaml.delete(0, ['services', name]);
    for (const path of record.added?.toReversed() ?? [])
      for (const entry of entriesOf(left, path.split('/'))) takeOut(yaml, left, entry, record);
    for (const path of record.repeated ?? []) takeOut(yaml, left, path.split('/'), record);
  }
  return yaml.toString();
}

/** Tags go first: what is behind `!reset` is nothing to compose, and was something before. */
function withoutTags(text: string, file: string): string {
  const attached = attachedIn(plainOf(YamlText.parse(text, file)));
  const tagged = (key: 'overrides' | 'resets') => attached.flatMap(({ record }) => record[key] ?? []);
  return withoutTag(withoutTag(text, '!override', tagged('overrides')), '!reset', tagged('resets'));
}

function plainOf({ documents }: YamlText): Readonly<Record<string, unknown>> {
  const [document] = documents as readonly [Document, ...Document[]];
  return keysOf(new Plain(document).of(document.contents));
}

/** The services that were added, in their order, and what they say of themselves. */
function attachedIn(file: Readonly<Record<string, unknown>>): { readonly name: string; readonly record: Attachment }[] {
  return Object.entries(keysOf(file.services)).flatMap(([name, service]) => {
    const record = recordOf(service);
    return record === undefined ? [] : [{ name, record }];
  });
}

/**
 * Takes an entry out, and what holds it where nothing is left in it. What a person has taken out already is no matter.
 * @param left what is left of the file, as plain values
 */
function takeOut(yaml: YamlText, left: unknown, path: readonly string[], { kept = [] }: Attachment): void {
  const holder = path.slice(0, -1);
  const name = path.at(-1) ?? '';
  const there = valueAt(left, holder);
  const names = namesOf(there).map((entry) => (Array.isArray(there) ? nameOfHost(entry) : entry));
  const index = names.indexOf(name);
  if (index === -1) return;
  yaml.delete(0, [...holder, Array.isArray(there) ? index : name]);
  drop(there, name, index);
  const isService = holder[0] === 'services' && holder.length < 3;
  if (names.length > 1 || isService || kept.includes(holder.join('/'))) return;
  yaml.delete(0, holder);
  drop(valueAt(left, holder.slice(0, -1)), holder.at(-1) ?? '', -1);
}

/** What of a key that was added is ours; a person may have put more into it since. Other paths are of one entry. */
function entriesOf(left: unknown, path: readonly string[]): (readonly string[])[] {
  const [top, owner = '', key = '', name] = path;
  if (top !== 'services' || name !== undefined) return [path];
  const service = keysOf(keysOf(keysOf(left).services)[owner]);
  const linked = linksOf(service).map((link) => link.service);
  const names = key === 'extra_hosts' ? loopbackHosts(service) : namesOf(service[key]).filter((one) => linked.includes(one));
  return names.map((one) => [...path, one]).reverse();
}

function drop(holder: unknown, name: string, index: number): void {
  if (Array.isArray(holder)) holder.splice(index, 1);
  else if (isMapping(holder)) Reflect.deleteProperty(holder, name);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((holder: unknown, key) => keysOf(holder)[key], value);
}
