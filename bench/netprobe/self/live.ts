import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../../stage.ts';
import { percentile } from '../../table.ts';
import { privateDirty } from '../../usage.ts';
import { sidekick, startReady } from '../exporters.ts';
import type { Plan } from '../plan.ts';
import { resident } from './memory.ts';

const port = 7320;
/** How often it is asked, in milliseconds. */
const pace = 5;
/** From one reading of all sockets to the next, in milliseconds: the least that may be set. */
const interval = 100;

/** How long /livez takes to answer, in milliseconds, and the memory at the end. */
export type Liveness = Readonly<Record<'halfMs' | 'mostOfThemMs' | 'mostMs' | 'privateBytes' | 'residentBytes', number>>;

/** Asks for /livez by the clock, whether the answer before has come or not, while all sockets are read again and again. @throws Error */
export async function liveness(stage: Stage, { seconds }: Plan): Promise<Liveness> {
  const [actor, asker] = await startReady(stage, sidekick, { port, interval });
  const times: number[] = [];
  const asking = new Set<Promise<unknown>>();
  let failure: unknown;
  try {
    await asker.metrics();
    const begun = performance.now();
    for (let due = begun; due - begun < seconds * 1000; due += pace) {
      await sleep(Math.max(0, due - performance.now()));
      const asked = asker.ask('/livez').then(
        ({ milliseconds }) => void times.push(milliseconds),
        (error: unknown) => {
          failure = error;
        },
      );
      asking.add(asked);
      void asked.finally(() => asking.delete(asked));
    }
    await Promise.all(asking);
    if (failure !== undefined) throw failure;
    return {
      halfMs: percentile(times, 0.5),
      mostOfThemMs: percentile(times, 0.99),
      mostMs: Math.max(...times),
      privateBytes: privateDirty(actor.pid),
      residentBytes: resident(actor.pid),
    };
  } finally {
    asker.close();
    await actor.stop();
  }
}
