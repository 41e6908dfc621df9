/** How many are kept: of those files that are read in turns, however many others there are. */
const most = 256;

/** What was made for some names lately. What was made longest ago goes where there are too many, and is made again if it is asked for. */
export class Recent<T> {
  readonly #made = new Map<string, T>();

  /** What is kept for a name, or else what `make` makes of it. */
  of(name: string, make: () => T): T {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = make();
    this.#made.set(name, made);
    for (const oldest of this.#made.keys()) {
      if (this.#made.size <= most) break;
      this.#made.delete(oldest);
    }
    return made;
  }
}
