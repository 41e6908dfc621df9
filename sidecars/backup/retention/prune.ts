import type { Catalog, Unusable } from '../catalog/catalog.ts';
import type { Manifest } from '../catalog/manifest.ts';
import { ownTimeZone } from '../schedule/time-zone.ts';
import { StoreError } from '../stores/store.ts';
import type { Keep } from './keep.ts';
import { type PrunePlan, plan } from './plan.ts';

/** What pruning did in one store. */
export interface Pruned {
  readonly plan: PrunePlan;
  readonly removed: number;
  readonly retained: number;
  /** Why backups that should go are still there. */
  readonly problems: readonly string[];
}

/**
 * What is to become of the backups of a store; without rules all of them stay.
 * @param unusable what is there and cannot be read: it may need any of the others, and so nothing is removed beside it.
 */
export function planFor(
  backups: readonly Manifest[],
  unusable: readonly Unusable[],
  { keep, timeZone }: { readonly keep: Keep | undefined; readonly timeZone: string | undefined },
): PrunePlan {
  const stay = (reason: string) => backups.map(({ id }) => ({ id, keep: true, reasons: [reason] }));
  if (keep === undefined) return { decisions: stay('BACKUP_KEEP is not set'), refusal: undefined };
  const [first] = unusable;
  if (first !== undefined) {
    const refusal = `${first.id} cannot be read (${first.reason}), and may need any of the others: nothing is removed. Remove its files by hand if it is not wanted`;
    return { decisions: stay('beside what cannot be read'), refusal };
  }
  return plan(backups, keep, Date.now(), timeZone ?? ownTimeZone());
}

/** Removes what the plan does not keep. To be called under the lease. A backup that is locked stays, and is told. @throws StoreError where the store fails */
export async function prune(catalog: Catalog, backups: readonly Manifest[], planned: PrunePlan): Promise<Pruned> {
  const problems: string[] = planned.refusal === undefined ? [] : [planned.refusal];
  let removed = 0;
  // a full backup stays where a differential one does that should have gone
  const needed = new Set<string>();
  for (const { id } of planned.decisions.filter(({ keep }) => !keep)) {
    const manifest = backups.find((backup) => backup.id === id);
    if (manifest === undefined || needed.has(id)) continue;
    try {
      await catalog.remove(manifest);
      removed += 1;
    } catch (error) {
      if (!(error instanceof StoreError && (error.failure === 'locked' || error.failure === 'denied'))) throw error;
      if (manifest.parent !== null) needed.add(manifest.parent);
      problems.push(`${id} stays: ${error.message}`);
    }
  }
  return { plan: planned, removed, retained: backups.length - removed, problems };
}
