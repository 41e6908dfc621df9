import { messageOf } from '#shared/exit.ts';
import type { Endpoint } from '../dispatch/endpoint.ts';
import type { Probe } from './probes/probe.ts';
import { NoProbe } from './probes/tcp.ts';
import { judge, type Thresholds, undecided, type Verdict } from './rise-fall.ts';

/** How an endpoint is checked. */
export interface CheckPlan extends Thresholds {
  readonly probe: Probe;
  /** Milliseconds from the beginning of one check to that of the next. */
  readonly interval: number;
}

/** How much of the interval is random, so that checks do not fall together. */
const jitter = 0.2;

/** Checks one endpoint again and again, the first time at once. */
export class Checker {
  readonly #endpoint: Endpoint;
  readonly #checked: (success: boolean, isNews: boolean) => void;
  readonly #ending = new AbortController();
  #plan: CheckPlan;
  #verdict: Verdict = undecided;
  #reason = '';
  #timer: NodeJS.Timeout | undefined;

  /** @param checked hears of each result, and whether it changed the state; never before the constructor returns. */
  constructor(endpoint: Endpoint, plan: CheckPlan, checked: (success: boolean, isNews: boolean) => void) {
    this.#endpoint = endpoint;
    this.#plan = plan;
    this.#checked = checked;
    void this.#check();
  }

  /** What the checks say. */
  get state(): Verdict['state'] {
    return this.#verdict.state;
  }

  /** Why the last check failed; empty where it did not. */
  get reason(): string {
    return this.#reason;
  }

  /** Checks otherwise from the next time on. What is known of the endpoint stays. */
  update(plan: CheckPlan): void {
    this.#plan = plan;
  }

  /** Checks no more, and gives up the check that is under way. */
  close(): void {
    clearTimeout(this.#timer);
    this.#ending.abort(new Error('the checks are over'));
  }

  async #check(): Promise<void> {
    const begun = performance.now();
    const { signal } = this.#ending;
    const failure = await this.#plan.probe(this.#endpoint, signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (signal.aborted) return;
    const wait = this.#plan.interval * (1 - jitter / 2 + jitter * Math.random());
    this.#timer = setTimeout(() => void this.#check(), Math.max(0, begun + wait - performance.now()));
    // without a descriptor for a check nothing is known, and a backend that works must not be lost
    if (!(failure instanceof NoProbe)) this.#count(failure);
  }

  #count(failure: unknown): void {
    const before = this.state;
    this.#verdict = judge(this.#verdict, failure === undefined, this.#plan);
    this.#reason = failure === undefined ? '' : messageOf(failure);
    this.#checked(failure === undefined, this.state !== before);
  }
}
