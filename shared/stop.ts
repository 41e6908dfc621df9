import { exitCode } from './exit.ts';

type StopSignal = keyof typeof exitCode.interrupted;

/**
 * SIGTERM and SIGINT, also as PID 1, where the kernel would ignore both without a handler.
 * Before work has begun a signal ends the process at once with 130 or 143; then the first one begins the stop,
 * the end of the grace exits 1, and a second signal leaves now.
 */
export class Stop {
  readonly #controller = new AbortController();
  #begin: ((signal: StopSignal) => void) | undefined;
  /** Where it is told why the process leaves with work undone; before work began there is no log yet. */
  #tell: (message: string) => void = (message) => void process.stderr.write(`${message}\n`);

  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#take(signal));
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Says that work begins: from now on a signal is answered by `begin`, and the process ends `grace` milliseconds later at the latest.
   * @param tell hears why the process leaves with work undone, and has to tell it before it returns.
   */
  onSignal(grace: number, begin: (signal: StopSignal) => void, tell = this.#tell): void {
    this.#tell = tell;
    this.#begin = (signal) => {
      begin(signal);
      setTimeout(
        () =>
          this.#leave(
            exitCode.failed,
            `the grace of ${grace} ms is over: leaving with work undone; raise SIDEKICK_GRACE to allow more`,
          ),
        grace,
      );
    };
  }

  #take(signal: StopSignal): void {
    if (this.#begin === undefined) this.#leave(exitCode.interrupted[signal], `${signal} before work began`);
    if (this.signal.aborted) this.#leave(exitCode.interrupted[signal], `a second ${signal}: leaving now`);
    this.#begin(signal);
    this.#controller.abort();
  }

  #leave(code: number, message: string): never {
    this.#tell(message);
    process.exit(code);
  }
}
