import { openFiles, openFilesLimit } from '#shared/open-files.ts';

/** Descriptors that are left to checks, look-ups and the admin server. */
const spare = 16;
/** Those of them that clients may have while they wait for a backend. */
const lent = 8;

/** How long what the process uses itself is taken to stay the same near the limit, in milliseconds. */
const trust = 1000;

/**
 * How many descriptors clients and backends may have, so that a crowd of clients does not take those of checks, look-ups and the admin
 * server. A client that has one already and gets none for its backend can wait; one that gets none for itself is turned away.
 */
export class Descriptors {
  readonly #limit: number;
  readonly #open: () => number;
  /** What the process has open beside clients and backends. */
  #own = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;

  /**
   * @param limit of open files; that of the process where not given.
   * @param open how many the process has open now.
   */
  constructor(limit = openFilesLimit(), open = openFiles) {
    this.#limit = limit;
    this.#open = open;
  }

  /** Whether a backend may be connected to. @param used descriptors of clients and backends now. */
  forBackend(used: number): boolean {
    return this.#left(used) > spare;
  }

  /** Whether a client that was accepted may be kept; it is not among those used yet. */
  forClient(used: number): boolean {
    return this.#left(used) > spare - lent;
  }

  #left(used: number): number {
    // far from the limit there is nothing to find out
    if (used < this.#limit / 4) return Number.POSITIVE_INFINITY;
    const now = performance.now();
    if (now - this.#measuredAt > trust) {
      this.#measuredAt = now;
      this.#own = this.#open() - used;
    }
    return this.#limit - this.#own - used;
  }
}
