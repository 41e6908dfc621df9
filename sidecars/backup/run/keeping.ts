import type { BackupLife } from '../backup.ts';
import type { Known } from '../catalog/catalog.ts';
import { isGood } from '../catalog/manifest.ts';
import { planFor, prune } from '../retention/prune.ts';
import type { Copies } from './copies.ts';
import type { StoreResult } from './events.ts';
import type { Leases } from './leases.ts';
import type { Made } from './make.ts';

/**
 * Removes what BACKUP_KEEP does not keep, in each store, once the new backup is found good. A store that fails to remove keeps more than it
 * should, which is told, and fails no run.
 */
export async function keepOrRemove(
  { settings, log, stopping }: BackupLife,
  { manifest, gauge }: Made,
  copies: Copies,
  known: Known,
  leases: Leases,
): Promise<StoreResult[]> {
  // a drill that could not be made must not cost the last backup that one has proven
  const good = isGood(manifest) && (manifest.drilled === null || manifest.drilled.outcome === 'proven');
  gauge.phase = 'pruning';
  return Promise.all(
    copies.all.map(async ({ name, failure, catalog }): Promise<StoreResult> => {
      const { backups: before, unusable } = known.get(catalog) ?? { backups: [], unusable: [] };
      if (failure !== undefined) return { name, failure, retained: before.length, removed: 0 };
      const backups = [...before, manifest];
      const kept: StoreResult = { name, failure: null, retained: backups.length, removed: 0 };
      // who was told to stop leaves that to the next run
      if (!good || stopping.aborted) return kept;
      try {
        const planned = planFor(backups, unusable, settings);
        if (planned.decisions.some(({ keep }) => !keep)) await leases.assertHeld();
        const { removed, retained, problems } = await prune(catalog, backups, planned);
        for (const problem of problems) log.warn({ store: name }, problem);
        if (removed > 0) log.info({ store: name, removed, retained }, 'removed what BACKUP_KEEP does not keep');
        return { ...kept, removed, retained };
      } catch (error) {
        log.warn({ store: name, err: error }, 'backups that should go could not be removed; the next run tries again');
        return kept;
      }
    }),
  );
}
