// npm run demo [-- --once]: visitors, an application, the logs sidecar and a viewer, each a process of its own.
//
//   traffic → app → access.log, .1, .2 … → logs sidecar → viewer
//
// At the end it states whether every line that was written arrived, and exits 0 or 1.
import { setTimeout as sleep } from 'node:timers/promises';
import { readMode } from './arguments.ts';
import { type Cast, countsOf, enter } from './cast.ts';
import { Interrupt } from './interrupt.ts';
import { Screen } from './screen.ts';
import { Stage } from './stage.ts';
import { judge, type Verdict } from './verdict.ts';

/** The traffic, and in milliseconds: how long it may last, how long the last lines may take, and how often a pipe gets a line. */
const plans = {
  live: { rate: 200, count: Number.POSITIVE_INFINITY, longest: Number.POSITIVE_INFINITY, patience: 30_000, report: 2000 },
  once: { rate: 900, count: 6000, longest: 8000, patience: 4000, report: 1000 },
};
/** With --once the sidecar is killed when so many lines arrived. */
const killAfter = 1500;
/** Milliseconds between two looks at the counts. */
const pause = 200;

const mode = readMode(process.argv.slice(2));
const plan = plans[mode];
const interrupt = new Interrupt();
const stage = new Stage();
const screen = new Screen(process.stdout, plan.report);
try {
  const cast = await enter(stage, plan);
  const { ok, line } = await Promise.race([play(cast), cast.sidecar.failed]);
  screen.say(line);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  screen.say(`sidekick demo: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await stage.clear();
}
// nothing is left to do; an unfinished fetch or timer of a lost race is not worth waiting for
process.exit();

/** From the first request to the verdict. */
async function play(cast: Cast): Promise<Verdict> {
  await whileTrafficFlows(cast);
  await endTheWriting(cast);
  for (const end = performance.now() + plan.patience; performance.now() < end; await sleep(pause)) {
    const counts = await show(cast);
    if (judge(counts, cast.sidecar.kills).ok) break;
  }
  await cast.sidecar.stop();
  const counts = await show(cast);
  const { kills } = cast.sidecar;
  const verdict = judge(counts, kills);
  await cast.viewer.stop();
  const shown = mode === 'live' || interrupt.signal.aborted || (kills > 0 && counts.rotations > 0);
  return shown ? verdict : { ok: false, line: `${verdict.line}: --once shows nothing without a rotation and a kill -9` };
}

async function whileTrafficFlows(cast: Cast): Promise<void> {
  const { app, viewer, traffic, sidecar } = cast;
  const end = performance.now() + plan.longest;
  while (traffic.running && performance.now() < end && !interrupt.signal.aborted) {
    const { shipped } = await show(cast);
    if (mode === 'once' && sidecar.kills === 0 && shipped >= killAfter) sidecar.kill();
    for (const actor of [app, viewer]) if (!actor.running) throw new Error(`${actor.name} has ended:\n${actor.said}`);
    await sleep(pause);
  }
}

/** Ends the visitors, then the application. Each request that was answered has to have a line. */
async function endTheWriting({ traffic, app, ...cast }: Cast): Promise<void> {
  await traffic.stop();
  const answered = Number(await traffic.says(/^(\d+) requests answered/m));
  const { written } = await countsOf({ traffic, app, ...cast });
  if (written < answered) throw new Error(`the application answered ${answered} requests and wrote ${written} lines`);
  await app.stop();
}

async function show(cast: Cast) {
  const { page, admin, log, sidecar } = cast;
  const counts = await countsOf(cast);
  screen.show({ counts, page, admin, log, sidecar });
  return counts;
}
