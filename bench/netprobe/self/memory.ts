import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../../stage.ts';
import { privateDirty } from '../../usage.ts';
import { type Exporter, startReady } from '../exporters.ts';
import type { Plan } from '../plan.ts';

const port = 7310;
/** As many scrapes as five minutes have by Prometheus's defaults. */
const scrapes = 20;

/** Memory in bytes. */
export type Memory = Readonly<Record<'idleBytes' | 'scrapedBytes' | 'residentBytes', number>>;

/** What one takes of memory when it was let alone for a while, and when it was scraped some times. @throws Error */
export async function memoryOf(stage: Stage, exporter: Exporter, { settle, quick }: Plan): Promise<Memory> {
  const [actor, asker] = await startReady(stage, exporter, { port });
  try {
    await sleep(settle);
    const idleBytes = privateDirty(actor.pid);
    for (let time = 0; time < (quick ? 2 : scrapes); time += 1) {
      await asker.metrics();
      await sleep(50);
    }
    return { idleBytes, scrapedBytes: privateDirty(actor.pid), residentBytes: resident(actor.pid) };
  } finally {
    asker.close();
    await actor.stop();
  }
}

/** All that is resident now, with the pages of files that others have too (VmRSS), in bytes. @throws Error where it has ended */
export function resident(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024;
}
