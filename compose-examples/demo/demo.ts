// npm run demo [-- --once]: visitors, a shop, the stock that it needs, four sidecars and a viewer, each a process of its own.
//
//   traffic → app → access.log, .1, .2 … → logs → viewer
//             app → orders.db → backup → a folder
//             app → ambassador → stock-1, stock-2
//             app ← netprobe
//
// At the end it states of each sidecar whether it did what it is for, and exits 0 or 1.
import { setTimeout as sleep } from 'node:timers/promises';
import { readMode } from './arguments.ts';
import { type Cast, encores, enter, sceneOf } from './cast.ts';
import { Interrupt } from './interrupt.ts';
import { restoreBeside } from './restore.ts';
import type { Scene } from './scene.ts';
import { Screen } from './screen.ts';
import { Stage } from './stage.ts';
import { Trouble } from './trouble.ts';
import { judgeLines, judgeRestore, judgeTraffic, judgeVisits, type Traffic, together, type Verdict } from './verdict.ts';

/** The traffic, what is killed, and in milliseconds: how long it may last, how long the last lines may take, and how often a pipe gets a line. */
const plans = {
  live: {
    ...{ rate: 150, count: Number.POSITIVE_INFINITY, schedule: '@every 5s' },
    ...{ stockEvery: 1500, stocks: Number.POSITIVE_INFINITY, logsAt: Number.POSITIVE_INFINITY },
    ...{ longest: Number.POSITIVE_INFINITY, patience: 30_000, report: 2000 },
  },
  once: {
    ...{ rate: 600, count: 5000, schedule: '@every 2s' },
    ...{ stockEvery: 1000, stocks: 2, logsAt: 1500 },
    ...{ longest: 20_000, patience: 6000, report: 1000 },
  },
};
/** Milliseconds between two looks at how things stand. */
const pause = 200;

const mode = readMode(process.argv.slice(2));
const plan = plans[mode];
const interrupt = new Interrupt();
const stage = new Stage();
const screen = new Screen(process.stdout, plan.report);
try {
  const cast = await enter(stage, plan);
  const { ok, line } = await Promise.race([play(cast), ...encores(cast).map(({ failed }) => failed)]);
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
  const { sidecars, stocks, viewer } = cast;
  await whileTrafficFlows(cast);
  const visits = await endTheWriting(cast);
  for (const end = performance.now() + plan.patience; performance.now() < end; await sleep(pause)) {
    const scene = await show(cast);
    if (judgeLines(scene.logs, sidecars.logs.kills).ok && judgeTraffic(trafficOf(cast, scene)).ok !== false) break;
  }
  await sidecars.logs.stop();
  const scene = await show(cast);
  await sidecars.backup.stop();
  const restored = await restoreBeside(stage, cast);
  for (const one of [...encores(cast), viewer]) await one.stop();
  const verdict = together({
    logs: judgeLines(scene.logs, sidecars.logs.kills),
    ambassador: judgeVisits({ ...visits, kills: stocks[0].kills + stocks[1].kills }),
    backup: judgeRestore(restored, scene.backup?.good ?? 0),
    netprobe: judgeTraffic(trafficOf(cast, scene)),
  });
  const proven = [sidecars.logs.kills, stocks[0].kills, stocks[1].kills, scene.logs.rotations, scene.backup?.good ?? 0];
  if (mode === 'live' || interrupt.signal.aborted || proven.every((times) => times > 0)) return verdict;
  return { ok: false, line: `${verdict.line}: --once shows nothing without a rotation, a backup, and a kill -9 of each` };
}

async function whileTrafficFlows(cast: Cast): Promise<void> {
  const { app, viewer, traffic } = cast;
  const trouble = new Trouble(cast, plan);
  const end = performance.now() + plan.longest;
  while (traffic.running && performance.now() < end && !interrupt.signal.aborted) {
    trouble.stir(await show(cast));
    for (const actor of [app, viewer]) if (!actor.running) throw new Error(`${actor.name} has ended:\n${actor.said}`);
    await sleep(pause);
  }
}

/** Ends the visitors, then the application. Each request that was answered has to have a line. */
async function endTheWriting({ traffic, app, page }: Cast): Promise<{ answered: number; failed: number }> {
  await traffic.stop();
  const answered = Number(await traffic.says(/^(\d+) requests answered/m));
  const failed = Number(await traffic.says(/, (\d+) failed$/m));
  const { written } = (await sceneOf({ page })).logs;
  if (written < answered) throw new Error(`the application answered ${answered} requests and wrote ${written} lines`);
  await app.stop();
  return { answered, failed };
}

/** What the ambassador and the network probe say of the stock; undefined where there is no probe. */
function trafficOf({ sidecars: { netprobe: probe } }: Cast, { ambassador, netprobe }: Scene): Traffic | undefined {
  if (probe === undefined) return undefined;
  const { sent = 0, received = 0, opened = 0, retransmitted = 0 } = netprobe?.stock ?? {};
  const made = ambassador?.backends.reduce((sum, { connections }) => sum + connections, 0) ?? 0;
  return {
    carried: (ambassador?.sent ?? 0) + (ambassador?.received ?? 0),
    seen: sent === null || received === null ? null : sent + received,
    ...{ made, opened, retransmitted, lost: netprobe?.lost ?? 0, whole: probe.kills === 0 },
  };
}

async function show(cast: Cast): Promise<Scene> {
  const scene = await sceneOf(cast);
  screen.show({ ...cast, scene });
  return scene;
}
