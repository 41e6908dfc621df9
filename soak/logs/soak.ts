import { parseArgs } from 'node:util';
import { has } from '#harness/needs.ts';
import { messageOf } from '#shared/exit.ts';
import { traps } from '../../test/sidecars/logs/traps/all.ts';
import type { Trap } from '../../test/sidecars/logs/traps/trap.ts';
import type { Soak } from '../soak.ts';
import { playOften, type Run } from './run.ts';

const options = {
  runs: { type: 'string', default: '25' },
  trap: { type: 'string', default: '' },
  seed: { type: 'string' },
  lanes: { type: 'string', default: '4' },
} as const;

export const soak: Soak = {
  summary: 'The traps in which shippers of logs lose lines: nothing may be lost, and each bound is held.',
  options: `  --runs=NUMBER    how often each is played (25); those of a word, such as a file of 2 GB, a fifth as often
  --trap=NAME,…    some of: ${traps.map(({ name }) => name).join(', ')}
  --seed=NUMBER    of the first run; each further run has the next one (by the clock)
  --lanes=NUMBER   how many runs of a trap are played side by side (4)`,
  async run(words) {
    const plan = planFor(words);
    if (typeof plan === 'string') return plan;
    const { chosen, runs, seed, lanes } = plan;
    console.log(`seeds from ${seed} on\n`);
    let bad = 0;
    for (const trap of chosen) {
      const lacking = (trap.needs ?? []).filter((need) => !has(need));
      if (lacking.length > 0) return `trap ${trap.name} takes ${lacking.join(', ')}, which this machine lacks`;
      const found = await playOften(trap, Number.isNaN(Number(trap.name)) ? Math.ceil(runs / 5) : runs, lanes, seed);
      bad += found.filter(isBad).length;
      console.log(told(trap, found));
    }
    return bad === 0 ? undefined : `${bad} runs lost lines or broke a bound`;
  },
};

interface Plan {
  readonly chosen: readonly Trap[];
  readonly runs: number;
  readonly seed: number;
  readonly lanes: number;
}

/** What is to be done, or what is wrong with the options. */
function planFor(words: readonly string[]): Plan | string {
  try {
    const { values } = parseArgs({ args: [...words], options });
    const [runs, seed, lanes] = [Number(values.runs), Number(values.seed ?? Date.now() % 2 ** 31), Number(values.lanes)];
    if (!(Number.isInteger(runs) && runs > 0)) return `--runs=${values.runs} is no number of runs`;
    if (!Number.isInteger(seed)) return `--seed=${values.seed} is no whole number`;
    if (!(Number.isInteger(lanes) && lanes > 0)) return `--lanes=${values.lanes} is no number of lanes`;
    const names = values.trap === '' ? traps.map(({ name }) => name) : values.trap.split(',');
    const strange = names.find((name) => traps.every((trap) => trap.name !== name));
    if (strange !== undefined) return `--trap: there is no ${strange}; there are: ${traps.map(({ name }) => name).join(', ')}`;
    return { chosen: traps.filter(({ name }) => names.includes(name)), runs, seed, lanes };
  } catch (error) {
    return messageOf(error);
  }
}

function isBad({ lost, broken }: Run): boolean {
  return lost.length > 0 || broken.length > 0;
}

/** What came of a trap: a line, and one for each run that went wrong. */
function told({ name, title, bound }: Trap, found: readonly Run[]): string {
  const sum = (of: (run: Run) => number) => found.reduce((total, run) => total + of(run), 0);
  const most = Math.max(...found.map(({ duplicates }) => duplicates));
  const counts = `${found.length} runs, ${sum(({ lost }) => lost.length)} lost, ${sum(({ duplicates }) => duplicates)} duplicates`;
  const measured = found.find((run) => run.told !== undefined)?.told;
  const verdict = found.some(isBad) ? 'BROKEN' : 'held';
  const lines = [
    `${name.padStart(6)}  ${title}`,
    `        ${counts}${most > 0 ? ` (at most ${most})` : ''}; bound: ${bound}: ${verdict}${measured === undefined ? '' : `; ${measured}`}`,
  ];
  for (const { seed, lost, broken } of found.filter(isBad)) {
    const losses = lost.length > 0 ? [`${lost.length} lost, such as ${(lost[0] ?? '').slice(0, 120)}`] : [];
    lines.push(`        seed ${seed}: ${[...losses, ...broken].join('; ')}`);
  }
  return lines.join('\n');
}
