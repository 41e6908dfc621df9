import { type CommandLine, parseCommandLine } from './command-line.ts';
import { Files, reasonOf } from './files.ts';
import { Invalid } from './kinds.ts';
import { nearest } from './nearest.ts';
import { readSettingsFile } from './settings-file.ts';
import {
  flagName,
  type Option,
  type Options,
  type Outline,
  type Program,
  prefixOf,
  type Settings,
  variableName,
} from './table.ts';
import type { Call, Verbs } from './verb.ts';

/** Where settings are read from; tests pass their own, `load` passes the process. */
export interface Source {
  /** The words after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a file as UTF-8. @throws the system's error. */
  readonly readFile: (path: string) => string;
}

/** Where a value came from. `file` is the path where it was read from a `_FILE` companion. */
export interface Origin {
  readonly from: 'flag' | 'environment' | 'settings file' | 'default';
  readonly file?: string;
}

/** What a person asked for instead of a run, if anything. */
export type Mode = CommandLine['mode'];

/** What was read: the mode, and either the settings or every problem there is. */
export type Reading<O extends Options, V extends Verbs = Record<never, never>> = {
  readonly mode: Mode;
  /** The verb, also where there are problems. */
  readonly verb: string | undefined;
} & (
  | {
      readonly problems: readonly [];
      readonly settings: Settings<O>;
      readonly origins: Readonly<Record<string, Origin>>;
      readonly env: Source['env'];
      readonly argv: Source['argv'];
      /** The verb and its flags; undefined where none was given. */
      readonly call: Call<V> | undefined;
    }
  | {
      readonly problems: readonly [string, ...string[]];
      /** Whether all of them are files that this user may not read. */
      readonly lacksPermission: boolean;
    }
);

/** A text that was given for an option, before it is parsed. */
interface Given {
  readonly text: string;
  readonly origin: Origin;
  /** How the place is named in a message: `LOGS_TO_FILE`, `--to`. */
  readonly place: string;
}

/** Variables that Kubernetes service links and Docker links inject for a service or link called as our prefix. */
const injected = /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;
const linked = /^[A-Z0-9]+_(NAME|ENV_.*)$/;

/** What `--healthy` needs: where to ask. Others may have become wrong while the sidecar that is asked runs well with what it read before. */
const askedByHealthy = 'admin';

/**
 * Reads all settings of a program: a flag goes before the environment, that before the settings file, that before the default.
 * Touches nothing but its arguments, and finds every problem before it returns. For `--healthy` only the address of the admin server is
 * read, and the other settings are as by default.
 */
export function read<O extends Options, V extends Verbs>(program: Program<O, V>, source: Source): Reading<O, V> {
  const line = parseCommandLine(program, source.argv);
  const problems = [...line.problems];
  const isHealthy = line.mode === 'healthy';
  const files = new Files(source.readFile);
  const ofFile: string[] = [];
  const content = readSettingsFile(line.settingsFile, source.env.SIDEKICK_SETTINGS, files, ofFile);
  const settingsFile = content ?? {};
  if (!isHealthy) {
    problems.push(...ofFile, ...unknownNames(program, source.env, 'environment'));
    problems.push(...unknownNames(program, settingsFile, 'settings file'));
  }

  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const places: Record<string, string> = {};
  for (const [key, option] of Object.entries<Option<unknown>>(program.options as Options)) {
    const name = variableName(program, key);
    const isLeftOut = isHealthy && key !== askedByHealthy;
    const given = isLeftOut
      ? undefined
      : (fromFlags(option, flagName(program, key) ?? name, line.texts.get(key)) ??
        fromVariables(name, source.env, 'environment', files, problems) ??
        fromVariables(name, settingsFile, 'settings file', files, problems));
    // it may be in the file that cannot be read
    if (isHealthy && !isLeftOut && given === undefined && content === undefined) problems.push(...ofFile);
    values[key] = given === undefined ? option.default : parse(option, given, problems);
    origins[key] = given?.origin ?? { from: 'default' };
    if (given !== undefined) places[key] = placeOf(given);
  }
  const settings = values as Settings<O>;
  const given = readGiven(program, line, problems);
  if (problems.length === 0 && !isHealthy) problems.push(...program.conflicts(settings, source.env, places));
  const [first, ...others] = problems;
  const verb = line.call?.verb;
  const lacksPermission = files.denied === problems.length;
  if (first !== undefined) return { mode: line.mode, verb, problems: [first, ...others], lacksPermission };
  // the command line has found the verb in the table, and its flags were read by it
  const call = verb === undefined ? undefined : ({ verb, given } as Call<V>);
  return { mode: line.mode, verb, problems: [], settings, origins, env: source.env, argv: source.argv, call };
}

/** The values of the flags of the verb. */
function readGiven(program: Outline, line: CommandLine, problems: string[]): Readonly<Record<string, unknown>> {
  const verb = program.verbs?.[line.call?.verb ?? ''];
  if (verb === undefined) return {};
  const before = problems.length;
  const given: Record<string, unknown> = {};
  for (const [key, option] of Object.entries<Option<unknown>>(verb.options)) {
    const place = key === verb.operands ? verb.usage : (flagName(verb, key) ?? key);
    const text = fromFlags(option, place, line.call?.texts.get(key));
    given[key] = text === undefined ? option.default : parse(option, text, problems);
  }
  if (problems.length === before && line.mode === 'run') problems.push(...verb.conflicts(given));
  return given;
}

function parse(option: Option<unknown>, given: Given, problems: string[]): unknown {
  try {
    return option.kind.parse(given.text);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    if (error.parts.length > 0) {
      problems.push(...error.parts.map((part) => `${placeOf(given)}: ${part}`));
      return option.default;
    }
    const shown =
      option.kind.secret || given.origin.file !== undefined ? given.place : `${given.place}=${presentable(given.text)}`;
    problems.push(
      `${shown} ${option.kind.secret || given.origin.file === undefined ? '' : `(in ${given.origin.file}) `}${error.message}`,
    );
    return option.default;
  }
}

/** How a message names what was given: with the file that it was read from. */
function placeOf({ place, origin: { file } }: Given): string {
  return file === undefined ? place : `${place} (in ${file})`;
}

/** A text in a message: on one line, and without the user and the password of a URL. */
function presentable(text: string): string {
  return text.replaceAll(/\/\/[^/@]*@/g, '//***@').replaceAll('\n', ',');
}

function fromFlags(option: Option<unknown>, place: string, texts: readonly string[] | undefined): Given | undefined {
  const last = texts?.at(-1);
  if (texts === undefined || last === undefined) return undefined;
  return { text: option.kind.join?.(texts) ?? last, origin: { from: 'flag' }, place };
}

/** A variable, or the file that its `_FILE` companion names. An empty one is not given: compose writes `${X:-}`. */
function fromVariables(
  name: string,
  variables: Readonly<Record<string, string | undefined>>,
  from: 'environment' | 'settings file',
  files: Files,
  problems: string[],
): Given | undefined {
  const text = variables[name];
  const companion = `${name}_FILE`;
  const file = variables[companion];
  if (text && file) {
    problems.push(`${name} and ${companion} are both set (${from}); keep one of them`);
    return undefined;
  }
  if (text) return { text, origin: { from }, place: name };
  if (!file) return undefined;
  try {
    const content = files.read(file).replace(/\r?\n$/, '');
    if (content === '') problems.push(`${companion}=${file} is empty; write the value into it, or unset ${companion}`);
    return content === '' ? undefined : { text: content, origin: { from, file }, place: companion };
  } catch (error) {
    problems.push(`${companion}=${file} cannot be read: ${reasonOf(error)}; check the path and that this user may read it`);
    return undefined;
  }
}

/** A name with our prefix that no option has is a setting that would be ignored: a problem, with the nearest name. */
function unknownNames(program: Outline, variables: Readonly<Record<string, string | undefined>>, from: string): string[] {
  const names = Object.keys(program.options).map((key) => variableName(program, key));
  const known = new Set(['SIDEKICK_SETTINGS', ...names, ...names.map((name) => `${name}_FILE`)]);
  const prefixes = [prefixOf(program), 'SIDEKICK_'];
  const unknown = Object.keys(variables).filter((name) => prefixes.some((prefix) => name.startsWith(prefix)) && !known.has(name));
  return unknown
    .filter(
      (name) => !injected.test(name) && !(linked.test(name) && name.startsWith(prefixOf(program)) && isLinked(name, variables)),
    )
    .map((name) => {
      // what all sidecars share is easily taken for one's own
      const shared = name.replace(prefixOf(program), 'SIDEKICK_');
      const near = known.has(shared) ? shared : nearest(name, [...known]);
      return `${name} (${from}) is no option${near ? `; did you mean ${near}?` : ', see --help'}`;
    });
}

/** Docker's --link sets NAME to /CONTAINER/ALIAS beside a PORT variable. */
function isLinked(name: string, variables: Readonly<Record<string, string | undefined>>): boolean {
  return variables[`${name.split('_')[0]}_NAME`]?.startsWith('/') ?? false;
}
