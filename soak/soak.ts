/** Something that is done very often or for very long: each folder here has a soak.ts that exports one as `soak`. */
export interface Soak {
  /** One line for `npm run soak -- --help`. */
  readonly summary: string;
  /** Its options, one on each line, for the same. */
  readonly options: string;
  /**
   * Does it, and tells how it goes.
   * @param options the words of the command line that begin with a hyphen.
   * @returns what went wrong; nothing where all is well.
   */
  readonly run: (options: readonly string[]) => Promise<string | undefined>;
}
