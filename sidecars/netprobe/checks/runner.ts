import type { Log } from '#shared/log.ts';
import { sleep } from '#shared/retry.ts';
import type { NetprobeSettings } from '../config.ts';
import type { CheckStatus } from '../status.ts';
import type { CheckOptions } from './make.ts';
import type { Outcome } from './outcome.ts';
import type { CheckTarget } from './target.ts';

/** What is checked, and how often: the settings of those names. */
export interface ChecksOptions extends Pick<NetprobeSettings, 'checks' | 'checkInterval' | 'checkTimeout'> {
  readonly gateway: CheckOptions['gateway'];
  /** Where it is told that a target begins to fail, and that it is well again. */
  readonly log?: Log;
}

/** All first checks are begun within so many milliseconds. */
const soon = 1000;

/**
 * Makes checks again and again, each target on its own time, and never two of one target at once: while one takes longer than the interval,
 * those that would have been due are left out. Of each target the last outcome is kept and nothing else.
 */
export class Checks {
  readonly #options: ChecksOptions;
  /** By their texts: a target that is named twice is one. */
  readonly #targets: ReadonlyMap<string, CheckTarget>;
  readonly #last = new Map<string, Outcome>();
  readonly #listeners: ((outcome: Outcome) => void)[] = [];

  constructor(options: ChecksOptions) {
    this.#options = options;
    this.#targets = new Map((options.checks ?? []).map((target) => [target.text, target]));
  }

  /** Calls `listener` with each outcome. */
  onOutcome(listener: (outcome: Outcome) => void): void {
    this.#listeners.push(listener);
  }

  /** Begins to check, until the signal aborts: checks that run are broken off then, and nothing is left. */
  start(signal: AbortSignal): void {
    for (const target of this.#targets.values()) void this.#repeat(target, signal);
  }

  /** The last outcome of each target that has one, in the order of the targets. */
  get outcomes(): Outcome[] {
    return [...this.#targets.keys()].flatMap((text) => this.#last.get(text) ?? []);
  }

  /** Each target as `/status` and the page show it. */
  status(): CheckStatus[] {
    return Array.from(this.#targets.keys(), (check) => {
      const last = this.#last.get(check);
      if (last === undefined) return { check, ok: null, seconds: null, detail: 'not checked yet' };
      const { ok, seconds, detail, certificateExpires } = last;
      return { check, ok, seconds, detail, ...(certificateExpires && { certificateExpires: certificateExpires.toISOString() }) };
    });
  }

  async #repeat(target: CheckTarget, signal: AbortSignal): Promise<void> {
    const { checkInterval: interval, checkTimeout: timeout, gateway } = this.#options;
    // with it comes TLS, which takes some MiB: nobody needs it who checks nothing
    const { makeCheck } = await import('./make.ts');
    // the first come soon, the next at a random part of the interval, so that they do not come together from then on
    let due = performance.now() + Math.random() * Math.min(interval, soon);
    for (let step = interval * Math.random(); ; step = interval) {
      await sleep(due - performance.now(), signal);
      if (signal.aborted) return;
      try {
        this.#take(await makeCheck(target, { timeout, gateway }, signal));
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      due = nextDue(due + step, interval, performance.now());
    }
  }

  #take(outcome: Outcome): void {
    const { check, ok, detail } = outcome;
    const before = this.#last.get(check);
    this.#last.set(check, outcome);
    if (before?.ok !== ok) {
      const level = ok ? 'info' : 'warn';
      this.#options.log?.[level]({ check, seconds: outcome.seconds }, `${check} ${ok ? 'is well' : 'fails'}: ${detail}`);
    }
    for (const listener of this.#listeners) listener(outcome);
  }
}

/** When the next one is due, on the beat of those before and not in the past. Milliseconds. */
export function nextDue(due: number, interval: number, now: number): number {
  return due >= now ? due : due + Math.ceil((now - due) / interval) * interval;
}
