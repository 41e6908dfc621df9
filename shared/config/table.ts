import { type Listen, listen } from './address.ts';
import { choice, duration, type Kind, longestTimer } from './kinds.ts';
import type { Verbs } from './verb.ts';

/** One option: what it is for, what its text has to be, and what holds where it is not given. */
export interface Option<T> {
  readonly kind: Kind<T>;
  /** One or two sentences for `--help` and the reference. */
  readonly help: string;
  /** The value where it is not given; undefined where the option may be absent. */
  readonly default: T;
  /** How the default is shown where its own text would not tell: `the host name`. */
  readonly defaultText?: string;
  /** The name in the environment where it is not the prefix and the key, such as `PGHOST` or `SIDEKICK_GRACE`. */
  readonly name?: string;
}

/** An option that has a value where it is not given. */
export function option<T>(kind: Kind<T>, byDefault: T, help: string): Option<T> {
  return { kind, default: byDefault, help };
}

/** An option that may be absent; `defaultText` says what then holds. */
export function optional<T>(kind: Kind<T>, help: string, defaultText = ''): Option<T | undefined> {
  const format = (value: T | undefined) => (value === undefined ? '' : kind.format(value));
  return { kind: { ...kind, format }, default: undefined, help, defaultText };
}

/** Options by key. The key in camelCase gives the names: `maxLine` is `LOGS_MAX_LINE` and `--max-line`. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds options of every type, and Option<T> is invariant in T
export type Options = Readonly<Record<string, Option<any>>>;

/** The values that a table of options reads to. */
export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** The options that every sidecar has. A type and no interface, which would have to extend `Options`, and so allow every key. */
export type SharedOptions = {
  readonly admin: Option<Listen>;
  readonly grace: Option<number>;
  readonly logLevel: Option<LogLevel>;
};

/** How much is logged, from everything to nothing. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** The typed settings of a sidecar: its own and the shared ones. */
export type Settings<O extends Options> = Values<O> & Values<SharedOptions>;

/** What a sidecar looks like from outside, before any value is known. */
export interface Outline {
  /** Short name: `logs`. The prefix of its options is this in capitals. */
  readonly name: string;
  /** One line that says what it does. */
  readonly summary: string;
  /** Its options and the shared ones, by key. */
  readonly options: Options;
  /** The option that takes the words that are not flags, and how they are shown: `[PATH…]`. */
  readonly operands?: { readonly option: string; readonly usage: string };
  /** Words that ask for something else than the steady work, where there are any. */
  readonly verbs?: Verbs;
  /** Where the value of an option has options of its own, written `name=value`: what they belong to, and their table. */
  readonly inner?: { readonly title: string; readonly options: Options };
  /** Of a tool: single letters that stand for its options, `{ f: 'file' }` for `-f`. Sidecars have none. */
  readonly tool?: { readonly letters: Readonly<Record<string, string>> };
  /** Lines for `--help`: a command, and what it is good for. */
  readonly examples: readonly { readonly command: string; readonly meaning: string }[];
}

/** What a sidecar is, before it runs: the single source of its parsing, `--help`, reference and errors. */
export interface Program<O extends Options, V extends Verbs = Record<never, never>> extends Outline {
  readonly options: O & SharedOptions;
  readonly verbs: V;
  /**
   * What is wrong between options that are right one by one: a sentence for each, beginning with the names.
   * `env` is the environment, for what others than our own options tell in it; `places` are how messages name what was given, by key.
   */
  readonly conflicts: (
    settings: Settings<O>,
    env: Readonly<Record<string, string | undefined>>,
    places: Readonly<Record<string, string>>,
  ) => readonly string[];
  /** True where these settings make stdout the result, so that the sidecar's own log goes to stderr. */
  readonly stdoutIsResult: (settings: Settings<O>) => boolean;
  /** True where these settings make it a job that ends by itself: it logs to stderr, and serves no admin unless asked to. */
  readonly oneShot: (settings: Settings<O>) => boolean;
}

/** What a sidecar says of itself; `adminPort` is its own default, as siblings may share one network namespace. */
export type Definition<O extends Options, V extends Verbs> = Omit<
  Program<O, V>,
  'options' | 'verbs' | 'conflicts' | 'stdoutIsResult' | 'oneShot'
> &
  Partial<Pick<Program<O>, 'conflicts' | 'stdoutIsResult' | 'oneShot'>> & {
    readonly options: O;
    readonly verbs?: V;
    readonly adminPort: number;
  };

/**
 * Makes a program of a definition: adds the shared options and checks the names.
 * @throws Error where an option's name could be taken for one that Kubernetes injects, or for a `_FILE` companion.
 */
export function defineProgram<const O extends Options, const V extends Verbs = Record<never, never>>(
  definition: Definition<O, V>,
): Program<O, V> {
  const { adminPort, options, verbs, ...rest } = definition;
  const shared: SharedOptions = {
    admin: {
      kind: listen,
      default: { type: 'tcp', host: undefined, port: adminPort },
      help: 'Where /livez, /readyz, /metrics and /status are served: :PORT, HOST:PORT, unix:/path or off.',
    },
    grace: {
      kind: duration({ min: 0, max: longestTimer }),
      name: 'SIDEKICK_GRACE',
      default: 8000,
      help: 'How long work that was begun may take to end after SIGTERM; keep it below the 10 s of docker stop.',
    },
    logLevel: {
      kind: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
      name: 'SIDEKICK_LOG_LEVEL',
      default: 'info',
      help: "How much of the sidecar's own doings is logged.",
    },
  };
  const program = {
    conflicts: () => [],
    stdoutIsResult: () => false,
    oneShot: () => false,
    ...rest,
    options: { ...options, ...shared },
    // without any the type is that of an empty table
    verbs: verbs ?? ({} as V),
  };
  for (const key of Object.keys(program.options)) {
    const name = variableName(program, key);
    // Kubernetes injects PREFIX_PORT and PREFIX_SERVICE_HOST for a service called `prefix`
    if (/_(PORT|SERVICE_HOST|SERVICE_PORT|FILE)$/.test(name) && program.options[key]?.name === undefined)
      throw new Error(`${name}: an option must not end so`);
  }
  return program;
}

/** The prefix of a program's own names in the environment, with its underscore: `LOGS_`. */
export function prefixOf(program: Pick<Outline, 'name'>): string {
  return `${program.name.toUpperCase()}_`;
}

/** The name of an option in the environment and in a settings file. */
export function variableName(program: Pick<Outline, 'name' | 'options'>, key: string): string {
  return program.options[key]?.name ?? prefixOf(program) + snake(key).toUpperCase();
}

/** The flag of an option, with its dashes, or undefined where it is a secret. */
export function flagName(program: Pick<Outline, 'options'>, key: string): string | undefined {
  return program.options[key]?.kind.secret ? undefined : `--${innerName(key)}`;
}

/** The name of an option within the value of another: `connectTimeout` as `connect-timeout`. */
export function innerName(key: string): string {
  return snake(key).replaceAll('_', '-');
}

/** `maxLine` as `max_line`. */
export function snake(key: string): string {
  return key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}
