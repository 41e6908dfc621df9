import { posix } from 'node:path';
import type { Option } from '#shared/config/table.ts';
import { sidecars } from '../wish/sidecars.ts';
import type { Setting, Wish } from '../wish/wish.ts';
import { quoted, quotedOfCompose } from './shell.ts';

/** What a sidecar is given beside its words. */
export interface GivenBeside {
  /** Its environment, as far as it is known. */
  readonly known: Readonly<Record<string, string>>;
  /** Variables whose values somebody else knows. */
  readonly unknown: readonly string[];
  /** What stands before `docker run`, so that a secret is on no command line: `LOGS_TOKEN="$TOKEN"`. */
  readonly before: readonly string[];
  /** Flags of `docker run`, as a shell reads them. */
  readonly flags: readonly string[];
}

/** Nothing beside the words. */
export const nothingBeside: GivenBeside = { known: {}, unknown: [], before: [], flags: [] };

/** Both, of which the second goes over the first. */
export function together(first: GivenBeside, second: GivenBeside): GivenBeside {
  const known = { ...first.known, ...second.known };
  for (const name of second.unknown) delete known[name];
  return {
    known,
    unknown: [...first.unknown.filter((name) => !(name in second.known)), ...second.unknown],
    before: [...first.before, ...second.before],
    flags: [...first.flags, ...second.flags],
  };
}

/** Settings as `NAME=VALUE`, or `NAME` alone where the environment of the person has it. */
export function givenByFlags(pairs: readonly string[]): GivenBeside {
  const known: Record<string, string> = {};
  const unknown: string[] = [];
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 0) unknown.push(pair);
    else known[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return { known, unknown, before: [], flags: pairs.flatMap((pair) => ['-e', quoted(pair)]) };
}

/** What a compose file says of its secrets, by their names. */
export type Secrets = Readonly<Record<string, { readonly file?: unknown; readonly environment?: unknown } | null | undefined>>;

/**
 * The settings that a compose file asks for.
 * @param folder where the paths in it begin, as seen from the person.
 */
export function givenByWish(wish: Wish, secrets: Secrets, folder: string): GivenBeside {
  return wish.settings.map((setting) => givenBySetting(setting, wish, secrets, folder)).reduce(together, nothingBeside);
}

function givenBySetting({ option, variable, isPath, given }: Setting, wish: Wish, secrets: Secrets, folder: string): GivenBeside {
  switch (given.from) {
    case 'text': {
      const flags = ['-e', `${variable}=${quotedOfCompose(given.text)}`];
      const isKnown = !isPath && !given.text.replaceAll('$$', '').includes('$');
      return !isKnown
        ? { ...nothingBeside, unknown: [variable], flags }
        : { ...nothingBeside, known: { [variable]: given.text.replaceAll('$$', () => '$') }, flags };
    }
    case 'environment':
      return ofEnvironment(variable, given.variable);
    case 'file':
      return ofFile(wish, option, variable, posix.join(folder, given.path));
    case 'secret': {
      const { file, environment } = secrets[given.name] ?? {};
      if (typeof environment === 'string') return ofEnvironment(variable, environment);
      // one that is neither is kept by the engine, and cannot be had from there; the person then puts it into a file of that name
      return ofFile(wish, option, variable, posix.join(folder, typeof file === 'string' ? file : given.name));
    }
  }
}

function ofEnvironment(variable: string, name: string): GivenBeside {
  const before = variable === name ? [] : [`${variable}="$${name}"`];
  return { ...nothingBeside, unknown: [variable], before, flags: ['-e', variable] };
}

function ofFile({ sidecar }: Wish, option: string, variable: string, path: string): GivenBeside {
  const target = `/run/secrets/${variable.toLowerCase().replaceAll('_', '-')}`;
  const { kind } = sidecars[sidecar].outline.options[option] as Option<unknown>;
  const name = kind.name === 'path' ? variable : `${variable}_FILE`;
  const source = path.startsWith('/') ? path : `./${path}`;
  return {
    ...nothingBeside,
    unknown: [variable],
    flags: ['-v', `${quotedOfCompose(source)}:${target}:ro`, '-e', `${name}=${target}`],
  };
}
