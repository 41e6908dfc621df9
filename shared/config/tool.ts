import { type Reading, read } from './read.ts';
import type { Options, Outline, Program, Values } from './table.ts';
import type { Call, Verbs } from './verb.ts';

/** A program that a person calls and that ends by itself: it has flags, and neither environment, nor settings file, nor admin server. */
export interface Tool<O extends Options, V extends Verbs = Record<never, never>> extends Outline {
  readonly options: O;
  readonly verbs: V;
  readonly tool: { readonly letters: Readonly<Record<string, keyof O & string>> };
  /** What is wrong between flags that are right one by one: a sentence for each, beginning with the flag. */
  readonly conflicts: (given: Values<O>) => readonly string[];
}

/** What a tool says of itself; without `conflicts` nothing is wrong between its flags. */
export type ToolDefinition<O extends Options, V extends Verbs> = Omit<Tool<O, V>, 'tool' | 'verbs' | 'conflicts'> &
  Partial<Pick<Tool<O, V>, 'conflicts'>> & {
    /** Single letters that stand for options: `{ f: 'file' }` for `-f`. */
    readonly letters?: Readonly<Record<string, keyof O & string>>;
    readonly verbs?: V;
  };

/** Makes a tool of a definition. */
export function defineTool<const O extends Options, const V extends Verbs = Record<never, never>>({
  letters = {},
  verbs,
  ...rest
}: ToolDefinition<O, V>): Tool<O, V> {
  // without any the type is that of an empty table
  return { conflicts: () => [], ...rest, tool: { letters }, verbs: verbs ?? ({} as V) };
}

/** What was asked of a tool: the mode, and either its flags or every problem there is. */
export type Asked<O extends Options, V extends Verbs> = Pick<Reading<O, V>, 'mode' | 'verb'> &
  (
    | { readonly problems: readonly [string, ...string[]] }
    | { readonly problems: readonly []; readonly settings: Values<O>; readonly call: Call<V> | undefined }
  );

/** Reads the command line of a tool. */
export function readTool<O extends Options, V extends Verbs>(tool: Tool<O, V>, argv: readonly string[]): Asked<O, V> {
  // what sidecars have beside is never asked for: a tool has no such modes
  const program: Program<O, V> = { ...tool, stdoutIsResult: () => true, oneShot: () => true } as unknown as Program<O, V>;
  const readFile = (path: string): never => {
    throw new Error(`a tool reads no settings in files, and so not ${path}`);
  };
  return read(program, { argv, env: {}, readFile });
}
