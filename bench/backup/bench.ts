// Files saved and put back by the backup sidecar and its peers: many small ones, and few big ones.
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '#shared/exit.ts';
import type { Bench } from '../bench.ts';
import { bundled } from '../bundle.ts';
import { type Finding, goalTable } from '../findings.ts';
import { describeMachine, machine } from '../machine.ts';
import { inRounds } from '../rounds.ts';
import { Stage } from '../stage.ts';
import { type Equipment, equip } from '../stores/equipment.ts';
import { type Setting, settings } from '../stores/settings.ts';
import { writeBig } from './corpora/big.ts';
import type { Corpus, CorpusName } from './corpora/corpus.ts';
import { writeSmall } from './corpora/small.ts';
import { findings } from './goals.ts';
import { liveness } from './liveness.ts';
import { missing, peers } from './peers/all.ts';
import type { JobName, Peer } from './peers/peer.ts';
import { described, type Plan, planFor } from './plan.ts';
import { report } from './report.ts';
import { Results } from './results.ts';
import { FilesTrial } from './trial.ts';

/** The order of work in a round: what is restored is the first backup. */
const order: readonly JobName[] = ['first', 'restore', 'again'];

/** How old files have to be, in milliseconds, that a backup believes their times: one written a moment ago might be written again. */
const settled = 3000;

/** `npm run bench -- backup` */
export const bench: Bench = {
  summary: 'saves and restores files: sidekick/backup, and tar with zstd, age and rclone, restic and borg where PATH has them',
  options: described,
  run: async (words) => {
    const plan = planFor(words);
    if (typeof plan === 'string') return plan;
    if (!existsSync('/proc/self/task')) throw new Error('the bench reads /proc/PID/task: it needs Linux');
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
  const wanted = settings.filter(({ name }) => plan.settings.includes(name));
  const { possible, notes, ...equipment } = equip(stage, wanted);
  try {
    const chosen = peers.filter(
      (peer) => plan.peers.includes(peer.name) && peer.settings.some((name) => plan.settings.includes(name)),
    );
    const present = chosen.filter((peer) => missing(peer).length === 0);
    for (const peer of chosen.filter((each) => !present.includes(each)))
      notes.push(`not measured: ${peer.name}, for there is no ${missing(peer).join(' and no ')}`);
    if (plan.quick) notes.push('--quick: the numbers mean nothing');
    // not within a measurement, and where it fails, not for each of them
    if (present.some(({ bundled: ours }) => ours)) bundled(stage, 'backup');
    await print(plan, equipment, possible, present, notes);
  } finally {
    equipment.bucket?.remove();
  }
}

async function print(
  plan: Plan,
  equipment: Equipment,
  possible: readonly Setting[],
  present: readonly Peer[],
  notes: readonly string[],
): Promise<void> {
  const results = new Results();
  const where = machine(equipment.stage.folder);
  const say = (text: string) => {
    if (!plan.json && text !== '') console.log(text);
  };
  say([...notes, describeMachine(where), `medians of ${plan.rounds}; × is how many times as long as sidekick/backup`].join('\n'));
  const failures: string[] = [];
  const live: Finding[] = [];
  for (const name of plan.corpora) {
    const corpus = write(equipment.stage, name, plan);
    await sleep(settled);
    failures.push(...(await all(equipment, corpus, possible, present, plan.rounds, results)));
    for (const setting of possible) say(report(results, corpus, setting, present));
    if (present.some((peer) => peer.name === 'sidekick') && possible.some((setting) => setting.name === 'plain'))
      try {
        live.push(await liveness(equipment.stage, corpus));
      } catch (error) {
        failures.push(`/livez at ${corpus.name}: ${messageOf(error)}`);
      }
    rmSync(corpus.folder, { recursive: true });
  }
  const found = [...findings(results), ...live];
  if (found.length > 0) say(`\n${goalTable('sidekick/backup', found)}`);
  if (plan.json) console.log(JSON.stringify({ plan, notes, machine: where, samples: results, goals: found }, null, 2));
  for (const failure of failures) console.error(`sidekick bench: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

function all(
  equipment: Equipment,
  corpus: Corpus,
  possible: readonly Setting[],
  present: readonly Peer[],
  rounds: number,
  results: Results,
): Promise<string[]> {
  return inRounds({
    rounds,
    order,
    trials: () =>
      possible.flatMap((setting) =>
        present
          .filter((peer) => peer.settings.includes(setting.name))
          .map((peer) => new FilesTrial(equipment, corpus, setting, peer)),
      ),
    found: ({ setting, peer }, job, sample) =>
      results.add({ corpus: corpus.name, setting: setting.name, job, peer: peer.name }, sample),
  });
}

function write(stage: Stage, name: CorpusName, { size }: Plan): Corpus {
  const folder = stage.newFolder(`corpus-${name}`);
  return name === 'small' ? writeSmall(folder, size.files, 1) : writeBig(folder, size.bytes, 2);
}
