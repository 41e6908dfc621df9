import { messageOf } from '#shared/exit.ts';
import type { Libc } from '#shared/linux/libc.ts';
import type { NetprobeLife } from '../netprobe.ts';
import { lookForOwner, Owner } from '../owner.ts';
import { listInterfaces } from './ring/interfaces.ts';

/**
 * Watches whether somebody still owns the namespace: where its owner restarts, a capture would go on in an empty one and hear nothing for ever. It is told
 * as a probe tells it, and only then: who captures for a minute wants to read of packets alone.
 * @param stop where it is to end as its owner is gone for long
 * @returns what throws then, once all is written. @throws Exit
 */
export function heedOwner(life: NetprobeLife, libc: Libc, over: AbortSignal, stop: () => void): () => void {
  const owner = new Owner(life);
  let reason: unknown;
  owner.gone.catch((error: unknown) => {
    reason = error;
    stop();
  });
  const list = () => listInterfaces(libc).map(({ name, isLoopback }) => ({ name, type: isLoopback ? 'loopback' : '' }));
  try {
    let links = list();
    const again = () => {
      try {
        links = list();
      } catch {
        // changed while they were read: the next look is a second later
      }
      return links;
    };
    lookForOwner(again, over, (now) => {
      if (now.orphaned || owner.orphaned) owner.look(now);
    });
  } catch (error) {
    // a capture needs none of it
    life.log.warn(`nobody will tell when the owner of the namespace is gone: ${messageOf(error)}`);
  }
  return () => {
    if (reason !== undefined) throw reason;
  };
}
