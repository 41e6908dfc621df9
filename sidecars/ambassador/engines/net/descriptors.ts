import { readFileSync } from 'node:fs';

/** Descriptors that the process needs for itself: Node's own, the admin server, look-ups, checks, files. */
const reserved = 32;

/**
 * How many descriptors clients and backends may have, so that a crowd of clients does not take those of checks, look-ups and the admin
 * server. A client that has one already and gets none for its backend can wait; one that gets none for itself is turned away.
 */
export class Descriptors {
  readonly #most: number;
  /** For clients that wait for a backend beyond those that are connected. */
  readonly #waiting: number;

  /** @param limit of open files; that of the process where not given. */
  constructor(limit = openFiles()) {
    const own = Math.min(reserved, Math.floor(limit / 2));
    this.#most = limit - own;
    this.#waiting = Math.floor(own / 2);
  }

  /** Whether a backend may be connected to. @param used descriptors of clients and backends now. */
  forBackend(used: number): boolean {
    return used < this.#most;
  }

  /** Whether a client may be kept. */
  forClient(used: number): boolean {
    return used <= this.#most + this.#waiting;
  }
}

/** The limit of open files of this process, which Node has raised to the hard one. */
function openFiles(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}
