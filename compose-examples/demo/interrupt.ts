/** One Ctrl-C may arrive several times at once: from the terminal, and from each npm and node above, which pass it on. */
const oneKeypress = 1000;

/**
 * Ctrl-C, SIGTERM and the end of the terminal. The first one asks the demo to finish; one that comes later than a second after
 * it ends the process at once.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  #at = 0;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#take());
  }

  /** Aborted by the first one. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #take(): void {
    if (!this.signal.aborted) this.#at = performance.now();
    else if (performance.now() - this.#at > oneKeypress) process.exit(130);
    this.#controller.abort();
  }
}
