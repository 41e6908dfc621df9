import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor, Stage } from '../../stage.ts';
import type { Shipper } from '../shipper.ts';
import type { Count, Sink } from '../sink.ts';

/** What every job is done with. */
export interface Bench {
  readonly stage: Stage;
  readonly sink: Sink;
  /** Those that are measured, the sidecar first. */
  readonly shippers: readonly Shipper[];
}

/** How long nothing may arrive before a job is given up, in milliseconds. It measures nothing: it keeps a broken run from hanging. */
const patience = 60_000;

/**
 * Waits until so many lines are at the sink.
 * @throws Error where the shipper fails or ends before, or nothing arrives for a minute.
 */
export async function arrived(lines: number, sink: Sink, shipper: Actor): Promise<Count> {
  let count = await sink.count();
  for (let [most, since] = [0, Date.now()]; count.lines < lines; count = await sink.count()) {
    if (count.lines > most) [most, since] = [count.lines, Date.now()];
    if (Date.now() - since > patience) throw shipper.failure(`has shipped ${most} of ${lines} lines, and nothing more arrives`);
    if (!shipper.running) {
      await shipper.ended();
      count = await sink.count();
      if (count.lines >= lines) break;
      throw shipper.failure(`has ended, and shipped ${count.lines} of ${lines} lines`);
    }
    await sleep(20);
  }
  return count;
}
