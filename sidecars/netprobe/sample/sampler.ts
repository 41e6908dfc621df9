import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { SocketSource } from '../sockets/source.ts';
import type { Ledger } from './ledger.ts';
import type { PortRange } from './ports.ts';

/** How long a reading keeps the event loop at a time, in milliseconds. */
const slice = 2;

/** What is read, and how often. */
export interface SamplerOptions {
  readonly source: SocketSource;
  readonly ledger: Ledger;
  /** Looks which sockets are the probe's own. */
  readonly refreshOwn: () => void;
  readonly portRange: () => PortRange;
  /** About how many connections there are, where that can be told at once. */
  readonly expected?: () => number;
  /** In milliseconds, from the end of a reading to the next. */
  readonly interval: number;
  /** A reading ended: well, or not. */
  readonly done: (error?: unknown) => void;
}

/** Reads all sockets again and again, in slices, so that a hundred thousand of them do not keep a scrape waiting. */
export class Sampler {
  readonly #options: SamplerOptions;
  #flight: Promise<void> | undefined;
  #ended: Date | undefined;
  #seconds = 0;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** When the last reading ended; undefined before the first. */
  get lastRead(): Date | undefined {
    return this.#ended;
  }

  /** How long it took, in seconds. */
  get lastSeconds(): number {
    return this.#seconds;
  }

  /** Reads on until it is told to stop. */
  async run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await this.read();
      await pause(this.#options.interval, undefined, { signal: stopping, ref: false }).catch(() => {});
    }
  }

  /** Reads once. Whoever asks while a reading goes on gets that one. */
  read(): Promise<void> {
    this.#flight ??= this.#read().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #read(): Promise<void> {
    const { source, ledger, refreshOwn, portRange, expected, done } = this.#options;
    const begun = performance.now();
    try {
      refreshOwn();
      const listening = new Set<number>();
      source.listeners(({ localPort }) => void listening.add(localPort));
      ledger.begin(listening, portRange(), expected?.());
      const pieces = source.connections();
      let since = performance.now();
      while (pieces.next((record) => ledger.see(record))) {
        if (performance.now() - since < slice) continue;
        await turn();
        since = performance.now();
      }
      ledger.end();
      this.#ended = new Date();
      this.#seconds = (performance.now() - begun) / 1000;
      done();
    } catch (error) {
      done(error);
    }
  }
}
