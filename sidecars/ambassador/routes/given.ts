import { Invalid } from '#shared/config/kinds.ts';
import { nearest } from '#shared/config/nearest.ts';
import { innerName, type Option } from '#shared/config/table.ts';
import { type RouteOptions, routeOptions } from './options.ts';
import { decode, encode } from './percent.ts';
import type { Problems } from './problems.ts';

/** The options that a text gives; what it does not give has no key here. */
export type Given = Partial<RouteOptions>;

type Key = keyof RouteOptions;

const table: Readonly<Record<Key, Option<unknown>>> = routeOptions as Readonly<Record<Key, Option<unknown>>>;

/** The keys of all options, in their order. */
export const optionKeys = Object.keys(routeOptions) as Key[];
const keys = new Map(optionKeys.map((key) => [innerName(key), key]));

/** Whether there is an option of that name. */
export function isOption(name: string): boolean {
  return keys.has(name);
}

/**
 * Reads `option=value&option=value`. A value is percent-encoded; an option that is true or false stands alone for true.
 * @param part what the options belong to, for messages.
 */
export function readOptions(text: string, part: string, problems: Problems): Given {
  const given: Partial<Record<Key, unknown>> = {};
  for (const pair of text.split('&').filter((candidate) => candidate !== '')) {
    const at = pair.indexOf('=');
    const name = at < 0 ? pair : pair.slice(0, at);
    const key = keys.get(name);
    if (key === undefined) {
      const near = nearest(name, [...keys.keys()]);
      problems.add(part, `${name} is no option of a route${near ? `; did you mean ${near}?` : ', see --help'}`);
    } else if (key in given) problems.add(part, `${name} is given twice; keep one of them`);
    else {
      const value = at < 0 ? undefined : pair.slice(at + 1);
      const parsed = problems.attempt(part, pair, () => ({ value: readValue(table[key], value) }));
      if (parsed !== undefined) given[key] = parsed.value;
    }
  }
  return given as Given;
}

function readValue({ kind }: Option<unknown>, text: string | undefined): unknown {
  if (text === undefined && kind.switch) return true;
  if (!text) throw new Invalid('has no value');
  return kind.parse(decode(text));
}

/** Writes options as {@link readOptions} reads them, in the order of the table. */
export function formatOptions(given: Given): string {
  return optionKeys
    .filter((key) => key in given)
    .map((key) => `${innerName(key)}=${encode(formatted(key, given[key]))}`)
    .join('&');
}

/** Those of a route's options that are not what holds where nothing is given. */
export function unlikeDefault(options: RouteOptions): Given {
  return Object.fromEntries(
    optionKeys
      .filter((key) => formatted(key, options[key]) !== formatted(key, table[key].default))
      .map((key) => [key, options[key]]),
  );
}

/** What holds of an option where it is given nowhere. */
export function byDefault<K extends Key>(key: K): RouteOptions[K] {
  return table[key].default as RouteOptions[K];
}

function formatted(key: Key, value: unknown): string {
  return table[key].kind.format(value);
}
