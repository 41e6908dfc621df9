import type { Part } from '#shared/health.ts';
import type { Log } from '#shared/log.ts';
import { sleep } from '#shared/retry.ts';
import { defaultGateway } from '../../checks/gateway.ts';
import { nextDue } from '../../checks/runner.ts';
import { readPage } from './metrics-page.ts';
import type { Trigger } from './trigger.ts';
import { type TriggerWatch, watchTrigger } from './trigger-watch.ts';

/** How long an answer may take, in milliseconds. */
const triggerTimeout = 3000;

/** All first looks are made within so many milliseconds. */
const soon = 1000;

/** How triggers are watched. */
export interface TriggersOptions {
  /** How often each is asked, in milliseconds. */
  readonly every: number;
  /** Hears what the part would, where there is none. */
  readonly log: Pick<Log, 'warn'>;
  /** Hears that something happened, and what. */
  readonly fire: (reason: string) => void;
  /** Where it is told whether all of them can tell if something happens. */
  readonly part?: Pick<Part, 'ok' | 'degraded'>;
}

/** Asks again and again whether something happened, each trigger on its own time, and never one of them twice at once. */
export class Triggers {
  readonly #triggers: readonly Trigger[];
  readonly #options: TriggersOptions;
  /** What keeps a trigger from telling, by its place; undefined where nothing does, null before it is known. */
  readonly #troubles: (string | undefined | null)[];

  constructor(triggers: readonly Trigger[], options: TriggersOptions) {
    this.#triggers = triggers;
    this.#options = options;
    this.#troubles = triggers.map(() => null);
  }

  /** Begins to ask, until the signal aborts: what is asked at that time is broken off. */
  start(signal: AbortSignal): void {
    for (const [place, trigger] of this.#triggers.entries()) void this.#repeat(trigger, place, signal);
  }

  async #repeat(trigger: Trigger, place: number, signal: AbortSignal): Promise<void> {
    const { every } = this.#options;
    const watch = watchTrigger(trigger);
    // the first come soon, the next at a random part of the time between two, so that they do not come together from then on
    let due = performance.now() + Math.random() * Math.min(every, soon);
    for (let step = every * Math.random(); ; step = every) {
      await sleep(due - performance.now(), signal);
      if (signal.aborted) return;
      try {
        await this.#look(trigger, place, watch, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      due = nextDue(due + step, every, performance.now());
    }
  }

  async #look(trigger: Trigger, place: number, watch: TriggerWatch, signal: AbortSignal): Promise<void> {
    // with it comes TLS, which takes some MiB
    const { makeCheck } = await import('../../checks/make.ts');
    let page = '';
    const take = async (...given: Parameters<typeof readPage>) => {
      page = await readPage(...given);
    };
    const options = { timeout: triggerTimeout, gateway: defaultGateway, take: trigger.type === 'answer' ? undefined : take };
    const outcome = await makeCheck(trigger.target, options, signal);
    const { happened, trouble } = watch(outcome, page);
    this.#tellTrouble(place, trouble);
    if (happened !== undefined) this.#options.fire(happened);
  }

  #tellTrouble(place: number, trouble: string | undefined): void {
    const { log, part } = this.#options;
    const before = this.#troubles[place];
    this.#troubles[place] = trouble;
    if (trouble === before) return;
    if (part === undefined) {
      if (trouble !== undefined) log.warn(trouble);
      return;
    }
    const first = this.#troubles.find((words) => typeof words === 'string');
    if (typeof first === 'string') part.degraded(first);
    else if (!this.#troubles.includes(null)) part.ok();
  }
}
