/** One shape of work that is measured: each folder here has a bench.ts that exports one as `bench`. */
export interface Bench {
  /** One line for `npm run bench -- --help`. */
  readonly summary: string;
  /** Its options, one on each line, for the same. */
  readonly options: string;
  /**
   * Measures, and prints what it found.
   * @param options the words of the command line that begin with a hyphen.
   * @returns what is wrong with the options, before anything is done; otherwise nothing.
   * @throws Error where something that is measured fails.
   */
  readonly run: (options: readonly string[]) => Promise<string | undefined>;
}
