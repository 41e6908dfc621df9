import { delays, sleep } from '#shared/retry.ts';
import type { Endpoint } from '../dispatch/endpoint.ts';
import type { Probe } from './probes/probe.ts';

/** Pauses between two rounds. */
const pauses = { base: 1000, cap: 5000, factor: 1.5 };
/** How many endpoints are tried in one round; where there are more, the others are in the next. */
const roundSize = 16;

/**
 * Tries the endpoints of a route that has no checks, as long as none is known to be reached: the only way to tell whether clients can be served
 * while there are no clients.
 */
export class Scout {
  #ending: AbortController | undefined;

  /** Whether it is trying. */
  get isOut(): boolean {
    return this.#ending !== undefined;
  }

  /**
   * Begins, or begins anew: in rounds with growing pauses, until one endpoint is reached.
   * @param atOnce whether the first round comes without a pause before it.
   * @param reached is called in the end, once.
   */
  send(endpoints: readonly Endpoint[], probe: Probe, atOnce: boolean, reached: () => void): void {
    this.recall();
    const ending = new AbortController();
    this.#ending = ending;
    void this.#try(endpoints, probe, atOnce, ending.signal).then((found) => {
      if (!found || ending.signal.aborted) return;
      this.recall();
      reached();
    });
  }

  /** Ends. */
  recall(): void {
    this.#ending?.abort(new Error('the scout is recalled'));
    this.#ending = undefined;
  }

  /** Whether one was reached before the end. */
  async #try(endpoints: readonly Endpoint[], probe: Probe, atOnce: boolean, signal: AbortSignal): Promise<boolean> {
    const waits = delays(pauses);
    if (!atOnce) await sleep(waits.next().value, signal);
    for (let from = 0; !signal.aborted; from = from + roundSize < endpoints.length ? from + roundSize : 0) {
      const round = endpoints.slice(from, from + roundSize).map((endpoint) => probe(endpoint, signal));
      // one that is reached is enough: a silent one beside it is not waited for
      const found = await Promise.any(round).then(
        () => true,
        () => false,
      );
      if (signal.aborted) break;
      if (found) return true;
      await sleep(waits.next().value, signal);
    }
    return false;
  }
}
