import { parseArgs } from 'node:util';
import { messageOf } from '#shared/exit.ts';
import { chosen } from '../chosen.ts';
import { formNames } from './form.ts';

/** What can be measured. */
export const jobNames = [...formNames, 'steady', 'idle', 'down'] as const;
export type JobName = (typeof jobNames)[number];

/** What is to be measured. */
export interface Plan {
  /** Of the corpus, in bytes. */
  readonly size: number;
  readonly seed: number;
  readonly rounds: number;
  readonly only: readonly JobName[];
  /** Lines a second that a file grows by, and for how many seconds. */
  readonly steady: { readonly rates: readonly number[]; readonly seconds: number };
  /** How many files are followed, and for how many seconds they are watched. */
  readonly idle: { readonly files: readonly number[]; readonly seconds: number };
  /** For how many seconds the sink is away. */
  readonly down: { readonly seconds: number };
  readonly json: boolean;
}

/** Its options, for --help. */
export const described = `
  --only=NAME,…  some of: ${jobNames.join(', ')}
                 the first ship a corpus as fast as it goes; steady, a file that grows; idle, files that do not; down, a sink that is away
  --size=MB      size of the corpus, in millions of bytes (500)
  --rounds=N     how often each shipper ships it; the tables have the medians (3)
  --seed=N       of the corpus (1)
  --json         all that was measured, as JSON
  --quick        a few seconds with little of everything: it shows that nothing crashes, and its numbers mean nothing`;

const options = {
  only: { type: 'string', default: jobNames.join() },
  quick: { type: 'boolean', default: false },
  size: { type: 'string', default: '500' },
  rounds: { type: 'string', default: '3' },
  seed: { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
} as const;

const whole = {
  steady: { rates: [2000, 30_000], seconds: 10 },
  idle: { files: [1, 10_000], seconds: 10 },
  down: { seconds: 10 },
} as const;
const little = {
  size: 4e6,
  rounds: 1,
  steady: { rates: [2000], seconds: 0.5 },
  idle: { files: [1, 50], seconds: 0.3 },
  down: { seconds: 0.5 },
} as const;

/** What is to be done, or what is wrong with the options. */
export function planFor(words: readonly string[]): Plan | string {
  try {
    const { values } = parseArgs({ args: [...words], options });
    const [size, rounds, seed] = [Number(values.size), Number(values.rounds), Number(values.seed)];
    if (!(size > 0)) return `--size=${values.size} is no number of megabytes`;
    if (!(Number.isInteger(rounds) && rounds > 0)) return `--rounds=${values.rounds} is no number of rounds`;
    if (!Number.isInteger(seed)) return `--seed=${values.seed} is no whole number`;
    const only = chosen('only', values.only, jobNames);
    return { ...whole, size: size * 1e6, seed, rounds, only, json: values.json, ...(values.quick && little) };
  } catch (error) {
    return messageOf(error);
  }
}
