import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '#shared/exit.ts';
import type { Actor, Stage } from '../../stage.ts';
import { usageOf } from '../../usage.ts';
import type { Corpora } from '../corpora.ts';
import type { Plan } from '../plan.ts';
import type { Results } from '../results.ts';
import type { Shipper } from '../shipper.ts';
import type { Count, Sink } from '../sink/sink.ts';

/** What every job is done with. */
export interface Job {
  readonly stage: Stage;
  readonly plan: Plan;
  readonly sink: Sink;
  /** Those that are measured, the sidecar first. */
  readonly shippers: readonly Shipper[];
  readonly corpora: Corpora;
  readonly results: Results;
  /** What a peer failed at: the others are measured all the same. */
  readonly failures: string[];
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

/** Does a job with each of some shippers. A peer that fails is told of; the sidecar may not. @throws Error of the sidecar. */
export async function withEach(
  { shippers, failures }: Job,
  of: (shipper: Shipper) => boolean,
  job: (shipper: Shipper) => Promise<void>,
): Promise<void> {
  for (const shipper of shippers.filter(of))
    try {
      await job(shipper);
    } catch (error) {
      if (shipper === shippers[0]) throw error;
      failures.push(messageOf(error));
    }
}

/** A name for folders. */
export function folderName(...words: readonly (string | number)[]): string {
  return words.join('-').replaceAll(/\W+/g, '-');
}

/** Processor time of a shipper that runs, in seconds. @throws Error where it has ended. */
export function cpuOf(actor: Actor): number {
  const usage = usageOf(actor.pid);
  if (usage === undefined) throw actor.failure('has ended while it should follow');
  return usage.cpu;
}

/** How many descriptors it has open. */
export function descriptorsOf({ pid }: Actor): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
