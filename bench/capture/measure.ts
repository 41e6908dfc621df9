// node measure.ts PLAN: measures and prints, in the network namespace that it finds itself in; bench.ts starts it.
import { spawnSync } from 'node:child_process';
import { messageOf } from '#shared/exit.ts';
import { bundled } from '../bundle.ts';
import { goalTable } from '../findings.ts';
import { describeMachine, machine } from '../machine.ts';
import { prepareNamespace } from '../namespace.ts';
import { Stage } from '../stage.ts';
import { versionIn } from '../tools.ts';
import { Course } from './course.ts';
import { findings } from './goals.ts';
import type { Plan } from './plan.ts';
import { report } from './report.ts';
import { Results } from './results.ts';

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

async function measure(plan: Plan): Promise<void> {
  const notes = prepareNamespace({});
  const version = plan.peers.includes('tcpdump') ? versionOfTcpdump() : undefined;
  if (plan.peers.includes('tcpdump') && version === undefined) notes.push('not measured: tcpdump, for there is none');
  if (plan.quick) notes.push('--quick: the numbers mean nothing');
  // not within a measurement, and where it fails, not for each of them
  bundled(stage, 'netprobe');
  const { versions: tools, ...here } = machine(stage.folder);
  const where = { ...here, versions: { node: tools.node ?? '?', ...(version !== undefined && { tcpdump: version }) } };
  const results = new Results();
  const course = new Course(stage, plan, version === undefined ? [] : ['tcpdump'], results);
  if (!plan.json) console.log([...notes, describeMachine(where), `medians of ${plan.rounds}`].join('\n'));
  await course.run();
  const found = findings(results);
  if (plan.json) console.log(JSON.stringify({ plan, notes, machine: where, samples: results, goals: found }, null, 2));
  else {
    console.log(report(results, plan));
    if (found.length > 0) console.log(`\n${goalTable('sidekick/netprobe capture', found)}`);
  }
  for (const failure of course.failures) console.error(`sidekick bench: ${failure}`);
  if (course.failures.length > 0) process.exitCode = 1;
}

/** Undefined where PATH has none that answers. */
function versionOfTcpdump(): string | undefined {
  const { status, stdout, stderr } = spawnSync('tcpdump', ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? versionIn(stdout + stderr) : undefined;
}
