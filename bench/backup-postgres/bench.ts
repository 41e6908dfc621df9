// A database of PostgreSQL dumped and restored by the backup sidecar, and by pg_dump in pipelines.
import { existsSync } from 'node:fs';
import type { Bench } from '../bench.ts';
import { bundled } from '../bundle.ts';
import { findingsOf, goalTable } from '../findings.ts';
import { describeMachine, machine } from '../machine.ts';
import { inRounds } from '../rounds.ts';
import { Stage } from '../stage.ts';
import { equip } from '../stores/equipment.ts';
import { type Setting, settings } from '../stores/settings.ts';
import { database, lookAt, makeCorpus } from './corpus.ts';
import { goals } from './goals.ts';
import { missing, peers } from './peers/all.ts';
import type { Peer } from './peers/peer.ts';
import { described, type Plan, planFor } from './plan.ts';
import { findPrograms, majors, type Programs } from './programs.ts';
import { report } from './report.ts';
import { Results } from './results.ts';
import { Server } from './server.ts';
import { DumpTrial, type Subject } from './trial.ts';

/** The rows are the same in every run. */
const seed = 0.42;

/** `npm run bench -- backup-postgres` */
export const bench: Bench = {
  summary: 'dumps and restores a database of PostgreSQL: sidekick/backup, and pg_dump with zstd, gzip, age and rclone',
  options: described,
  run: async (words) => {
    const plan = planFor(words);
    if (typeof plan === 'string') return plan;
    if (!existsSync('/proc/self/task')) throw new Error('the bench reads /proc/PID/task: it needs Linux');
    const programs = findPrograms(plan.major);
    if (programs === undefined) {
      const notes = [`no PostgreSQL ${plan.major ?? majors.join(' or ')}, which test/rig/tools-up brings: nothing is measured`];
      console.log(plan.json ? JSON.stringify({ plan, notes, samples: {}, goals: [] }, null, 2) : notes.join('\n'));
      return undefined;
    }
    const stage = new Stage();
    try {
      await measure(stage, plan, programs);
    } finally {
      await stage.clear();
    }
    return undefined;
  },
};

async function measure(stage: Stage, plan: Plan, { major, bin }: Programs): Promise<void> {
  const chosen = peers.filter(({ name }) => plan.peers.includes(name));
  const wanted = settings.filter(
    ({ name }) => plan.settings.includes(name) && chosen.some((peer) => peer.settings.includes(name)),
  );
  const { possible, notes, ...equipment } = equip(stage, wanted);
  const server = await Server.start(stage, bin);
  try {
    const present = chosen.filter((peer) => missing(peer, major).length === 0);
    for (const peer of chosen.filter((each) => !present.includes(each)))
      notes.push(`not measured: ${peer.name}, for there is no ${missing(peer, major).join(' and no ')}`);
    if (plan.quick) notes.push('--quick: the numbers mean nothing');
    // not within a measurement, and where it fails, not for each of them
    if (present.some(({ bundled: ours }) => ours)) bundled(stage, 'backup');
    await makeCorpus(server, database, plan.size, seed);
    const corpus = await lookAt(server, database);
    await print(plan, { equipment, server, major, corpus }, possible, present, notes);
  } finally {
    server.end();
    equipment.bucket?.remove();
  }
}

async function print(
  plan: Plan,
  subject: Subject,
  possible: readonly Setting[],
  present: readonly Peer[],
  notes: readonly string[],
): Promise<void> {
  const { equipment, server, major, corpus } = subject;
  const results = new Results();
  const where = machine(equipment.stage.folder);
  const version = await server.sql('postgres', 'show server_version');
  const say = (text: string) => {
    if (!plan.json && text !== '') console.log(text);
  };
  const rounds = `medians of ${plan.rounds}; × is how many times as long as sidekick/backup that does no more than its peers`;
  say([...notes, describeMachine(where), `PostgreSQL ${version}`, rounds].join('\n'));
  const failures = await inRounds({
    rounds: plan.rounds,
    order: plan.jobs,
    trials: () =>
      possible.flatMap((setting) =>
        present.filter((peer) => peer.settings.includes(setting.name)).map((peer) => new DumpTrial(subject, setting, peer)),
      ),
    found: ({ setting, peer }, job, sample) => results.add({ setting: setting.name, job, peer: peer.name }, sample),
  });
  say(report(results, { corpus, size: plan.size, major }, possible, present));
  const found = findingsOf(results, goals);
  if (found.length > 0) say(`\n${goalTable('sidekick/backup', found)}`);
  const machineWithServer = { ...where, versions: { ...where.versions, postgresql: version } };
  if (plan.json)
    console.log(JSON.stringify({ plan, notes, machine: machineWithServer, corpus, samples: results, goals: found }, null, 2));
  for (const failure of failures) console.error(`sidekick bench: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}
