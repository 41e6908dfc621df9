// The logs sidecar beside its peers: a corpus shipped as fast as it goes, a file that grows, files that do not, a sink that is away.
import { existsSync } from 'node:fs';
import type { Bench } from '../bench.ts';
import { goalTable } from '../findings.ts';
import { describeMachine, machine } from '../machine.ts';
import { Stage } from '../stage.ts';
import { corporaOf } from './corpora.ts';
import { findings } from './goals.ts';
import { down } from './jobs/down.ts';
import { idle } from './jobs/idle.ts';
import type { Job } from './jobs/job.ts';
import { ship } from './jobs/ship.ts';
import { steady } from './jobs/steady.ts';
import { described, type Plan, planFor } from './plan.ts';
import { report } from './report.ts';
import { Results } from './results.ts';
import { shippers } from './shippers/present.ts';
import { Sink } from './sink/sink.ts';

/** `npm run bench -- logs` */
export const bench: Bench = {
  summary:
    'ships log files to a counting sink: sidekick/logs, plain JavaScript, readline + fetch, and rsyslog and fluent-bit where PATH has them',
  options: described,
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

async function measure(stage: Stage, plan: Plan): Promise<void> {
  const { present, absent } = shippers();
  const surroundings = machine(stage.folder);
  const job: Job = {
    stage,
    plan,
    sink: await Sink.open(stage),
    shippers: present,
    corpora: corporaOf(stage, plan),
    results: new Results(),
    failures: [],
  };
  await ship(job);
  for (const [name, run] of [
    ['steady', steady],
    ['idle', idle],
    ['down', down],
  ] as const)
    if (plan.only.includes(name)) await run(job);

  const { results, failures } = job;
  const goals = findings(results, plan);
  if (plan.json) console.log(JSON.stringify({ machine: surroundings, absent, samples: results, goals, failures }));
  else {
    if (absent.length > 0) console.log(`not on PATH, and so not measured: ${absent.join(', ')}`);
    console.log(`${describeMachine(surroundings)}\n${report(results, plan)}`);
    for (const failure of failures) console.log(`\n${failure}`);
    if (goals.length > 0) console.log(`\n${goalTable('sidekick/logs', goals)}`);
  }
}
