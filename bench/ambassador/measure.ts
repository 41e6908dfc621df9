// node measure.ts ORDER: measures and prints, in the surroundings that it finds itself in; bench.ts starts it.
import { messageOf } from '#shared/exit.ts';
import { bundled } from '../bundle.ts';
import { mostDescriptors, prepareNamespace } from '../namespace.ts';
import { Stage } from '../stage.ts';
import { jobs } from './jobs/all.ts';
import type { Job } from './jobs/job.ts';
import { peers, references } from './peers/all.ts';
import type { Peer } from './peers/peer.ts';
import type { Plan } from './plan.ts';
import { medians, report, type Samples } from './report.ts';
import { Runner } from './runner.ts';
import { namespaceSettings, type Surroundings } from './surroundings.ts';

/** Descriptors of a process that are nobody's connection. */
const spare = 100;

/** What is told by the command line. */
export interface Order {
  readonly plan: Plan;
  readonly surroundings: Surroundings;
}

// whoever started it has gone
process.on('disconnect', () => process.exit());
const stage = new Stage();
try {
  await measure(JSON.parse(process.argv[2] ?? ''));
} catch (error) {
  console.error(`sidekick bench: ${messageOf(error)}`);
  process.exitCode = 1;
} finally {
  await stage.clear();
  process.disconnect?.();
}

async function measure({ plan: wanted, surroundings }: Order): Promise<void> {
  const notes = [...surroundings.notes, ...(surroundings.namespace ? prepareNamespace(namespaceSettings) : [])];
  const most = Math.floor((mostDescriptors() - spare) / 2);
  const plan = { ...wanted, idle: [...new Set(wanted.idle.map((count) => Math.min(count, most)))] };
  const chosen = peers.filter(({ name }) => plan.peers.includes(name));
  const present = chosen.filter((peer) => peer.present());
  const absent = chosen.filter((peer) => !present.includes(peer));
  if (absent.length > 0) notes.push(`not here, and so not measured: ${absent.map(({ name }) => name).join(', ')}`);
  // not within a measurement, and where it fails, not for each of them
  if (present.some((peer) => peer.bundled)) bundled(stage, 'ambassador');
  const work = jobs(plan.idle).filter(({ name }) => plan.only.includes(name));
  const found = new Map<string, Record<string, number[]>>(present.map(({ name }) => [name, {}]));
  const failures = await all(await Runner.open(stage, plan, surroundings.core), work, present, plan.rounds, found);
  print(plan, notes, work, found);
  for (const failure of failures) console.error(`sidekick bench: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

/** Each job in so many rounds, and in each round one peer after the other: what is compared is measured at nearly the same time. */
async function all(
  runner: Runner,
  work: readonly Job[],
  present: readonly Peer[],
  rounds: number,
  found: ReadonlyMap<string, Record<string, number[]>>,
): Promise<string[]> {
  const failures: string[] = [];
  for (const job of work)
    for (let round = 0; round < rounds; round += 1)
      for (const peer of present.filter(({ skills }) => job.needs === undefined || skills.includes(job.needs)))
        try {
          const samples = found.get(peer.name) ?? {};
          for (const [key, value] of Object.entries(await runner.run(job, peer))) samples[key] = [...(samples[key] ?? []), value];
        } catch (error) {
          failures.push(messageOf(error));
        }
  return failures;
}

function print(plan: Plan, notes: readonly string[], work: readonly Job[], found: ReadonlyMap<string, Samples>): void {
  const measures = work.flatMap((job) => job.measures);
  if (plan.json) {
    const of = [...found].map(([name, samples]) => [name, { medians: medians(samples), samples }]);
    console.log(JSON.stringify({ plan, notes, measures, peers: Object.fromEntries(of) }, null, 2));
    return;
  }
  for (const note of notes) console.log(note);
  console.log(`one core for the proxy, one for the load; medians of ${plan.rounds}, ${plan.seconds} s each\n`);
  console.log(
    report(
      measures,
      found,
      references.map(({ name }) => name),
    ),
  );
}
