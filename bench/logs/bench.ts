// The logs sidecar beside its peers: a corpus shipped as fast as it goes, a file that grows, files that do not.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '#shared/exit.ts';
import type { Bench } from '../bench.ts';
import { Stage } from '../stage.ts';
import { writeCorpus } from './corpus.ts';
import { idle } from './jobs/idle.ts';
import { ship } from './jobs/ship.ts';
import { steady } from './jobs/steady.ts';
import { shippers } from './shippers/present.ts';
import { Sink } from './sink.ts';

const options = {
  quick: { type: 'boolean', default: false },
  size: { type: 'string', default: '200' },
  rounds: { type: 'string', default: '3' },
  seed: { type: 'string', default: '1' },
} as const;

/** `npm run bench -- logs` */
export const bench: Bench = {
  summary: 'ships log files to a counting sink: sidekick/logs, readline + fetch, and rsyslog and fluent-bit where PATH has them',
  options: `
  --size=MB      size of the corpus, in millions of bytes (200)
  --rounds=N     how often each shipper ships it; the table has the medians (3)
  --seed=N       of the corpus (1)
  --quick        a few seconds with little of everything: it shows that nothing crashes, and its numbers mean nothing`,
  run: async (words) => {
    const plan = planFor(words);
    if (typeof plan === 'string') return plan;
    if (!existsSync('/proc/self/smaps_rollup')) throw new Error('the bench reads /proc/PID/smaps_rollup: it needs Linux');
    const stage = new Stage();
    try {
      await measure(stage, plan);
    } finally {
      await stage.clear();
    }
    return undefined;
  },
};

interface Plan {
  /** Of the corpus, in bytes. */
  readonly size: number;
  readonly seed: number;
  readonly rounds: number;
  readonly steady: { readonly rate: number; readonly seconds: number };
  readonly idle: { readonly files: number; readonly seconds: number };
}

/** What is to be done, or what is wrong with the options. */
function planFor(words: readonly string[]): Plan | string {
  try {
    const { values } = parseArgs({ args: [...words], options });
    const [size, rounds, seed] = [Number(values.size), Number(values.rounds), Number(values.seed)];
    if (!(size > 0)) return `--size=${values.size} is no number of megabytes`;
    if (!(Number.isInteger(rounds) && rounds > 0)) return `--rounds=${values.rounds} is no number of rounds`;
    if (!Number.isInteger(seed)) return `--seed=${values.seed} is no whole number`;
    const whole = { size: size * 1e6, seed, rounds, steady: { rate: 2000, seconds: 10 }, idle: { files: 1000, seconds: 5 } };
    if (!values.quick) return whole;
    return { ...whole, size: 4e6, rounds: 1, steady: { rate: 2000, seconds: 1 }, idle: { files: 50, seconds: 0.5 } };
  } catch (error) {
    return messageOf(error);
  }
}

async function measure(stage: Stage, plan: Plan): Promise<void> {
  const { present, absent } = shippers();
  if (absent.length > 0) console.log(`not on PATH, and so not measured: ${absent.join(', ')}`);
  const sink = await Sink.open(stage);
  const corpus = writeCorpus(join(stage.newFolder('corpus'), 'app.log'), plan.size, plan.seed);
  const jobs = { stage, sink, shippers: present };

  console.log(`\n${(corpus.bytes / 1e6).toFixed(0)} MB in ${corpus.lines} lines, ${availableParallelism()} processors,`);
  console.log('× is how many times as long, and as much processor time, as the sidecar\n');
  console.log(await ship(jobs, corpus, plan.rounds));
  console.log(`\n${plan.steady.rate} lines a second for ${plan.steady.seconds} s; latency from the write to the sink\n`);
  console.log(await steady(jobs, plan.steady));
  console.log(`\nidle files, watched for ${plan.idle.seconds} s\n`);
  console.log(await idle(jobs, plan.idle));
}
