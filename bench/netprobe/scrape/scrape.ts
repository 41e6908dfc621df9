import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor, Stage } from '../../stage.ts';
import { median } from '../../table.ts';
import { cpuOfTree } from '../../usage.ts';
import type { Asker } from '../asker.ts';
import { type Exporter, sidekick, startReady } from '../exporters.ts';
import type { Plan } from '../plan.ts';

const port = 7300;
/** Longer than a measurement: sockets are read once, at the start. */
const never = 3_600_000;
/** From one scrape to the next, in milliseconds: what makes it, and what a reading of a socket takes at most. */
const pace = { least: 100, eachSocket: 0.005 } as const;
/** Pause between scrapes that are measured by themselves, in milliseconds. */
const breath = 20;

/** What scrapes take, each. */
export type Scraped = Readonly<Record<'wallMs' | 'cpuMs', number>>;

/** Scrapes one again and again, and finds the processor time that it took for each. What it takes without being asked is left out. @throws Error */
export async function scrapesAlone(stage: Stage, exporter: Exporter, plan: Plan): Promise<Scraped> {
  const [actor, asker] = await startReady(stage, exporter, { port, interval: never });
  return ending(actor, asker, async () => {
    for (let time = 0; time < plan.warm; time += 1) await pausing(asker, breath);
    const idle = await spent(actor, () => sleep(plan.seconds * 500));
    const { cpu, seconds, walls } = await repeated(actor, asker, plan.seconds, () => breath);
    return { wallMs: median(walls), cpuMs: ((cpu - (idle.cpu / idle.seconds) * seconds) * 1000) / walls.length };
  });
}

/**
 * The same of the sidecar with one reading of all sockets for each scrape, everything included that it does: what a scrape every 15 s costs that
 * reads every 15 s, only sooner.
 */
export async function scrapesWithReadings(stage: Stage, sockets: number, plan: Plan): Promise<Scraped> {
  const interval = Math.max(pace.least, Math.round(sockets * pace.eachSocket));
  const [actor, asker] = await startReady(stage, sidekick, { port, interval });
  return ending(actor, asker, async () => {
    for (let time = 0; time < plan.warm; time += 1) await pausing(asker, interval);
    // it counts its interval from the end of a reading
    const pause = (body: string, milliseconds: number) => interval + readingOf(body) - milliseconds;
    const { cpu, walls } = await repeated(actor, asker, plan.seconds, pause);
    return { wallMs: median(walls), cpuMs: (cpu * 1000) / walls.length };
  });
}

/** @param pause how long to wait after an answer, which took so many milliseconds */
async function repeated(actor: Actor, asker: Asker, seconds: number, pause: (body: string, milliseconds: number) => number) {
  const walls: number[] = [];
  const taken = await spent(actor, async () => {
    const end = performance.now() + seconds * 1000;
    do {
      const { body, milliseconds } = await asker.metrics();
      walls.push(milliseconds);
      await sleep(Math.max(0, pause(body, milliseconds)));
    } while (performance.now() < end);
  });
  return { ...taken, walls };
}

/** The time on the processor and by the clock that passed, in seconds. */
async function spent(actor: Actor, work: () => Promise<unknown>): Promise<{ readonly cpu: number; readonly seconds: number }> {
  const before = cpuOfTree(actor.pid);
  const begun = performance.now();
  await work();
  return { cpu: cpuOfTree(actor.pid) - before, seconds: (performance.now() - begun) / 1000 };
}

async function pausing(asker: Asker, milliseconds: number): Promise<void> {
  await asker.metrics();
  await sleep(milliseconds);
}

/** How long the last reading took, in milliseconds, by what the sidecar tells of itself. */
function readingOf(body: string): number {
  return Number(/^sidekick_netprobe_collector_duration_seconds\{collector="sockets"\} (\S+)$/m.exec(body)?.[1] ?? 0) * 1000;
}

async function ending<T>(actor: Actor, asker: Asker, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    asker.close();
    await actor.stop();
  }
}
