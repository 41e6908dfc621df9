import { isMap, type Node, type YAMLMap } from 'yaml';
import { type Kind, path } from '#shared/config/kinds.ts';
import { nearest } from '#shared/config/nearest.ts';
import { type Option, variableName } from '#shared/config/table.ts';
import { type Entry, entriesOf } from './entries.ts';
import { isKnown } from './interpolation.ts';
import { keyOf, type Meaning } from './keys.ts';
import type { Attachable } from './sidecars.ts';
import { readsPairs, scalarText, textOf } from './texts.ts';
import type { Spot } from './where.ts';
import type { Given } from './wish.ts';

const sources = ['file', 'environment', 'secret'] as const;
type SourceName = (typeof sources)[number];

/** Reads what is written for an option; undefined where it is wrong, which is then told. */
export function readGiven(node: Node, meaning: Meaning, { outline }: Attachable, spot: Spot): Given | undefined {
  const { kind } = outline.options[meaning.option] as Option<unknown>;
  const variable = variableName(outline, meaning.option);
  if (meaning.isPath) {
    const text = isMap(node)
      ? void spot.is(`is a path within the sidecar; for a file of yours write ${keyOf(meaning.option)}: { file: ./FILE }`)
      : textOf(node, path as Kind<unknown>, spot);
    return text === undefined ? undefined : { from: 'text', text };
  }
  const source = isMap(node) ? sourceOf(node, kind.name, readsPairs(kind), spot) : undefined;
  if (source === 'unclear') return undefined;
  if (source !== undefined) return readSource(source, spot);
  const text = textOf(node, kind, spot);
  if (text === undefined) return undefined;
  if (kind.secret && isKnown(text, spot.where)) {
    spot.is(`is a secret, and this file is no place for it; write ${instead(keyOf(meaning.option), variable, spot)}`);
    return undefined;
  }
  return { from: 'text', text };
}

function instead(key: string, variable: string, { where }: Spot): string {
  return where.overKey === 'container'
    ? `${key}: { secret: NAME, key: KEY }`
    : `${key}: { file: ./${key} }, { environment: ${variable} } or { secret: NAME }`;
}

/** The entries of a mapping that says where the value comes from; undefined where the mapping is names with values. */
function sourceOf(map: YAMLMap, kind: string, isPairs: boolean, spot: Spot): Entry[] | 'unclear' | undefined {
  const entries = entriesOf(map, spot.where.document);
  const isSource = entries.length > 0 && entries.every(({ name }) => name === 'key' || isSourceName(name));
  if (!isPairs) return entries;
  if (!isSource || !entries.some(({ name }) => isSourceName(name))) return undefined;
  if (kind === 'labels' && entries.every(({ name }) => name !== 'file')) {
    const [first] = entries;
    spot.is(`may be a label or where labels come from; for a label write ["${first?.name}=…"]`);
    return 'unclear';
  }
  return entries;
}

function isSourceName(name: string | undefined): name is SourceName {
  return sources.some((candidate) => candidate === name);
}

/** Reads `{ file: ./token }`, `{ environment: TOKEN }`, `{ secret: NAME }` or, in Kubernetes, `{ secret: NAME, key: KEY }`. */
function readSource(entries: readonly Entry[], spot: Spot): Given | undefined {
  const isKubernetes = spot.where.overKey === 'container';
  const allowed = isKubernetes ? ['secret', 'key'] : sources;
  const ways = isKubernetes ? '{ secret: NAME, key: KEY }' : '{ file: ./FILE }, { environment: NAME } or { secret: NAME }';
  const before = spot.count;
  const texts = new Map<string, string>();
  for (const { name, key, value } of entries) {
    const place = spot.within(name ? `.${name}` : '', value);
    if (name === undefined || !allowed.includes(name as SourceName)) {
      const near = name === undefined ? undefined : nearest(name, [...allowed]);
      const why = isSourceName(name)
        ? 'is nothing that Kubernetes has'
        : name === 'key'
          ? 'is only for Kubernetes; a secret of compose is one value'
          : 'is nothing that a value comes from';
      spot.within(name ? `.${name}` : '', key).is(`${why}; ${near !== undefined ? `did you mean ${near}?` : `write ${ways}`}`);
      continue;
    }
    const text = scalarText(value, place);
    if (text !== undefined && isRight(name, text, place)) texts.set(name, text);
  }
  if (spot.count > before) return undefined;
  const given = [...texts.keys()].filter(isSourceName);
  if (given.length !== 1) {
    spot.is(
      given.length === 0
        ? `does not say where its value comes from; write ${ways}`
        : `names ${given.join(' and ')}; keep one of them`,
    );
    return undefined;
  }
  const [file, variable, name] = sources.map((source) => texts.get(source));
  if (file !== undefined) return { from: 'file', path: file };
  if (variable !== undefined) return { from: 'environment', variable };
  return { from: 'secret', name: name ?? '', key: texts.get('key') };
}

const patterns: Readonly<Record<string, readonly [RegExp, string]>> = {
  environment: [/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of a variable; write letters, digits and _, without a $'],
  secret: [/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'is no name of a secret; write letters, digits, ., _ and -'],
  key: [/^[A-Za-z0-9._-]+$/, 'is no key of a secret; write letters, digits, ., _ and -'],
};

function isRight(name: string, text: string, spot: Spot): boolean {
  const [pattern, problem] = patterns[name] ?? [/^[^\n]+$/, 'is no path; write one line, such as ./token'];
  if (pattern.test(text)) return true;
  spot.is(problem);
  return false;
}
