/** What the results of checks say up to now. */
export interface Verdict {
  /** `unknown` before the first result. */
  readonly state: 'unknown' | 'up' | 'down';
  /** Results in a row that say otherwise. */
  readonly against: number;
}

/** How many results in a row change a verdict. */
export interface Thresholds {
  /** Successes that bring a backend up. */
  readonly rise: number;
  /** Failures that take it down. */
  readonly fall: number;
}

/** The verdict before the first result. */
export const undecided: Verdict = { state: 'unknown', against: 0 };

/** The verdict after one more result. The first of all is believed at once: until then nothing else is known. */
export function judge({ state, against }: Verdict, success: boolean, { rise, fall }: Thresholds): Verdict {
  const says = success ? 'up' : 'down';
  if (state === 'unknown') return { state: says, against: 0 };
  if (state === says) return { state, against: 0 };
  return against + 1 >= (success ? rise : fall) ? { state: says, against: 0 } : { state, against: against + 1 };
}
