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

  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#take(signal));
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Says that work begins: from now on a signal is answered by `begin`, and the process ends `grace` milliseconds later at the latest. */
  onSignal(grace: number, begin: (signal: StopSignal) => void): void {
    this.#begin = (signal) => {
      begin(signal);
      setTimeout(
        () =>
          leave(
            exitCode.failed,
            `the grace of ${grace} ms is over: leaving with work undone; raise SIDEKICK_GRACE to allow more`,
          ),
        grace,
      );
    };
  }

  #take(signal: StopSignal): void {
    if (this.#begin === undefined) leave(exitCode.interrupted[signal], `${signal} before work began`);
    if (this.signal.aborted) leave(exitCode.interrupted[signal], `a second ${signal}: leaving now`);
    this.#begin(signal);
    this.#controller.abort();
  }
}

function leave(code: number, message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
