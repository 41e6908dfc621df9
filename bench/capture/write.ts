import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import { Watch } from '../usage.ts';
import { type Captor, startCaptor, toldCounts } from './captors.ts';
import { countsOf } from './file-counts.ts';
import { arrivals, type Flood } from './flood/flood.ts';
import { unbounded } from './flood/task.ts';
import type { Plan, Target } from './plan.ts';

/** How long a captor may take to be done with what it has, in milliseconds: the kernel hands over a block that is not full after a while. */
const settling = 400;

/** What is found of one that writes a flood. */
export type Written = Readonly<
  Record<'perSecond' | 'cpuUs' | 'mostPerSecond' | 'dropped' | 'droppedShare' | 'lost' | 'peakBytes', number>
>;

/**
 * Has one write a flood at a rate that it keeps up with, for the processor time of a packet; then one as fast as it can be sent, in the midst of which
 * it is told to end. @throws Error
 */
export async function write(
  stage: Stage,
  flood: Flood,
  captor: Captor,
  { size, target }: { readonly size: number; readonly target: Target },
  { seconds, rate }: Plan,
): Promise<Written> {
  const path = target === 'null' ? '/dev/null' : join(stage.folder, `flood-${captor.name}`);
  const actor = await startCaptor(stage, captor, captor.write(path), 'pipe');
  const watch = new Watch(actor.pid);
  try {
    // what a compiler compiles while it runs is compiled by then
    await flood.send({ size, rate, count: Math.ceil(rate * seconds) });
    await sleep(settling);
    const [before, arrivedBefore] = [runTime(actor.pid), arrivals()];
    const steady = await flood.send({ size, rate, count: Math.ceil(rate * seconds) });
    await sleep(settling);
    const [cpu, arrived] = [runTime(actor.pid) - before, arrivals() - arrivedBefore];
    const arrivedThen = arrivals();
    const fast = flood.send({ size, rate: unbounded, count: 1e9 });
    await sleep((seconds * 1000) / 3);
    await actor.stop();
    flood.halt();
    const { seconds: took } = await fast;
    const mostArrived = arrivals() - arrivedThen;
    const { peak } = watch.end();
    if (actor.process.exitCode !== 0) throw actor.failure(`ended with ${actor.process.exitCode}`);
    const file = target === 'file' ? countsOf(path) : undefined;
    const told = toldCounts(actor.said);
    const received = file?.received ?? told.received;
    const dropped = file?.dropped ?? told.dropped;
    return {
      perSecond: arrived / steady.seconds,
      cpuUs: (cpu * 1e6) / arrived,
      mostPerSecond: mostArrived / took,
      dropped,
      droppedShare: dropped / received,
      lost: file === undefined ? Number.NaN : received - dropped - file.packets,
      peakBytes: peak,
    };
  } finally {
    watch.end();
    await actor.stop();
    if (target === 'file') rmSync(path, { force: true });
  }
}

/**
 * Time on the processor of all threads of a process that are there, in seconds: what the scheduler counts to the nanosecond.
 * @see https://docs.kernel.org/scheduler/sched-stats.html
 */
export function runTime(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ');
    return sum + Number(nanoseconds) / 1e9;
  }, 0);
}
