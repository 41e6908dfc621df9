import type { Options, Values } from './table.ts';

/**
 * A word that asks for something else than the steady work of a sidecar: `restore ID --to DIR`. What it does is done once: the log goes to
 * stderr, as stdout is the result, and no admin server is opened unless a flag asks for it.
 */
export interface Verb<O extends Options> {
  /** One or two sentences for `--help` and the reference. */
  readonly summary: string;
  /** What may follow the word: `[ID] --to DIR [PATH…]`. */
  readonly usage: string;
  /** Its own flags, which are given on the command line alone. Behind the verb they go before flags of the program that are called the same. */
  readonly options: O;
  /** The option that takes the words that are not flags. */
  readonly operands?: keyof O & string;
  /** How many operands stand before those that are taken as they are, flags too: 1 in `run IMAGE [WORD…]`. A `--` between them is left out. */
  readonly operandsBeforeVerbatim?: number;
  /** Single letters that stand for options, for habits that people have: with `{ t: 'tcp', l: 'listening' }` there is `-tl`, with `{ n: 'lines' }` `-n 20`. */
  readonly letters?: Readonly<Record<string, keyof O & string>>;
  /** What is wrong between flags that are right one by one, and which are missing: a sentence for each, beginning with the flag. */
  readonly conflicts: (given: Values<O>) => readonly string[];
}

/** Verbs by their words. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds verbs with options of every type, and Verb<O> is invariant in O
export type Verbs = Readonly<Record<string, Verb<any>>>;

/** The verb that was asked for and what was given with it. */
export type Call<V extends Verbs> = {
  [K in keyof V & string]: { readonly verb: K; readonly given: V[K] extends Verb<infer O> ? Values<O> : never };
}[keyof V & string];

/** Makes a verb; without `conflicts` nothing is wrong between its flags. */
export function verb<const O extends Options>(
  definition: Omit<Verb<O>, 'conflicts'> & Partial<Pick<Verb<O>, 'conflicts'>>,
): Verb<O> {
  return { conflicts: () => [], ...definition };
}
