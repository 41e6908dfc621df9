import type { NetprobeLife } from '../netprobe.ts';
import { lookForOwner, Owner } from '../owner.ts';
import { ProcNet } from '../proc/proc-net.ts';

/**
 * Watches whether somebody still owns the namespace: where its owner restarts, a capture would go on in an empty one and hear nothing for ever. It is told
 * as a probe tells it, and only then: who captures for a minute wants to read of packets alone.
 * @param stop where it is to end as its owner is gone for long
 * @returns what throws then, once all is written. @throws Exit
 */
export function heedOwner(life: NetprobeLife, over: AbortSignal, stop: () => void): () => void {
  const proc = new ProcNet();
  const owner = new Owner(life);
  let reason: unknown;
  owner.gone.catch((error: unknown) => {
    reason = error;
    stop();
  });
  lookForOwner(proc, over, (now) => {
    if (now.orphaned || owner.orphaned) owner.look(now);
  });
  over.addEventListener('abort', () => proc.close(), { once: true });
  return () => {
    if (reason !== undefined) throw reason;
  };
}
