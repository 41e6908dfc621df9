import { messageOf } from '#shared/exit.ts';
import type { Verdict } from '../../checks/outcome.ts';
import { type MetricSample, samplesOf } from './metrics-page.ts';
import type { Comparison, Selector, Trigger } from './trigger.ts';

/** What one look of a trigger found. */
export interface TriggerFinding {
  /** What happened that is to be saved, in words. */
  readonly happened?: string;
  /** Why it cannot be told whether anything happens; undefined where it can. */
  readonly trouble?: string;
}

/** Takes what was answered, and the page where there is one. What it saw before is remembered. */
export type TriggerWatch = (verdict: Verdict, page: string) => TriggerFinding;

/** What a trigger makes of answers. What is so at the first look is no change, so nothing happens then. */
export function watchTrigger(trigger: Trigger): TriggerWatch {
  switch (trigger.type) {
    case 'answer':
      return watchAnswer(trigger.text);
    case 'bound':
      return readable(trigger, watchBound(trigger));
    case 'growth':
      return readable(trigger, watchGrowth(trigger));
  }
}

function watchAnswer(text: string): TriggerWatch {
  let state: 'never well' | 'well' | 'failing' = 'never well';
  return ({ ok, detail }) => {
    const before = state;
    if (ok) state = 'well';
    else if (before === 'well') state = 'failing';
    if (state === 'never well')
      return { trouble: `${text} was never well: ${detail}; it is saved when it was, and is not any more` };
    return before === 'well' && !ok ? { happened: `${text} fails: ${detail}` } : {};
  };
}

type WatchSamples = (samples: readonly MetricSample[]) => string | undefined;

/** What is to be found on a page; while there is none, it is as it was. */
function readable({ text, selector }: { readonly text: string; readonly selector: Selector }, watch: WatchSamples): TriggerWatch {
  return ({ ok, detail }, page) => {
    if (!ok) return { trouble: `${text}: ${detail}` };
    try {
      const samples = samplesOf(page, selector);
      const words = watch(samples);
      if (words !== undefined) return { happened: `${text}: ${words}` };
      return samples.length > 0 ? {} : { trouble: `${text}: there is no such series until now` };
    } catch (error) {
      return { trouble: `${text}: ${messageOf(error)}` };
    }
  };
}

const compare: Readonly<Record<Comparison, (value: number, bound: number) => boolean>> = {
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '==': (value, bound) => value === bound,
  // what is no number at all is nothing to compare
  '!=': (value, bound) => !Number.isNaN(value) && value !== bound,
};

/** It happens when the first of the series passes the bound, and again when none did for a while. */
function watchBound({ comparison, bound }: Extract<Trigger, { type: 'bound' }>): WatchSamples {
  let held: boolean | undefined;
  return (samples) => {
    const found = samples.find(({ value }) => compare[comparison](value, bound));
    const before = held;
    held = found !== undefined;
    if (found === undefined || before !== false) return undefined;
    return found.labels === '' ? `it is ${found.value}` : `{${found.labels}} is ${found.value}`;
  };
}

/** A series that begins, begins at 0; one that is less than it was has begun anew. */
function watchGrowth({ by }: Extract<Trigger, { type: 'growth' }>): WatchSamples {
  let before: ReadonlyMap<string, number> | undefined;
  return (samples) => {
    const known = before;
    const now = new Map(samples.filter(({ value }) => Number.isFinite(value)).map(({ labels, value }) => [labels, value]));
    before = now;
    if (known === undefined) return undefined;
    let growth = 0;
    for (const [labels, value] of now) {
      const was = known.get(labels) ?? 0;
      growth += value >= was ? value - was : value;
    }
    return growth >= by ? `it grew by ${growth}` : undefined;
  };
}
