import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../stage.ts';
import { type Captor, startCaptor, toldCounts } from './captors.ts';
import type { Flood } from './flood/flood.ts';
import { unbounded } from './flood/task.ts';
import type { Plan } from './plan.ts';
import { runTime } from './write.ts';

/** Of a frame, in bytes. */
export const liveSize = 100;

/** What is found of one that shows a flood. */
export type Shown = Readonly<Record<'linesPerSecond' | 'cpuUs' | 'droppedShare', number>>;

/** Has one show lines of a flood that is as fast as it can be sent: what it does not keep up with, the kernel drops. @throws Error */
export async function live(stage: Stage, flood: Flood, captor: Captor, { seconds, rate }: Plan): Promise<Shown> {
  const path = join(stage.folder, `lines-${captor.name}`);
  const file = openSync(path, 'w');
  const actor = await startCaptor(stage, captor, captor.show, file);
  closeSync(file);
  try {
    await flood.send({ size: liveSize, rate: rate / 10, count: Math.ceil((rate / 10) * Math.min(1, seconds / 2)) });
    const [before, linesBefore] = [runTime(actor.pid), linesOf(path)];
    const { seconds: took } = await flood.send({ size: liveSize, rate: unbounded, count: Math.ceil(rate * seconds) });
    const cpu = runTime(actor.pid) - before;
    const lines = linesOf(path) - linesBefore;
    await actor.stop();
    const { received, dropped } = toldCounts(actor.said);
    return { linesPerSecond: lines / took, cpuUs: (cpu * 1e6) / lines, droppedShare: dropped / received };
  } finally {
    await actor.stop();
    rmSync(path, { force: true });
  }
}

function linesOf(path: string): number {
  const bytes = readFileSync(path);
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}
