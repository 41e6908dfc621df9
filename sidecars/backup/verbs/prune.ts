import { hostname } from 'node:os';
import { Exit, exitCode } from '#shared/exit.ts';
import type { BackupLife } from '../backup.ts';
import { acquireLease } from '../lease/acquire.ts';
import { Succession } from '../lease/succession.ts';
import { planFor, prune as remove } from '../retention/prune.ts';
import { renderPlan } from '../retention/table.ts';
import { succeed, termsOf } from '../run/leases.ts';
import { ownTimeZone } from '../schedule/time-zone.ts';
import { print, withCatalogs } from './opened.ts';

/** `backup prune`: in every store, what BACKUP_KEEP does not keep is removed, or with `--dry-run` only told. */
export async function prune(life: BackupLife, { dryRun }: { readonly dryRun: boolean }): Promise<void> {
  const { settings, log, stopping } = life;
  if (settings.keep === undefined)
    throw new Exit(
      exitCode.settings,
      'BACKUP_KEEP is not set, and so all backups stay; set it, such as to last=3,daily=7,weekly=4',
    );
  const succession = dryRun ? Succession.none : await succeed(life);
  const terms = termsOf({ name: settings.name ?? '', host: hostname(), log, succession });
  await withCatalogs(life, async (catalogs) => {
    for (const catalog of catalogs) {
      const lease = dryRun ? undefined : await acquireLease(catalog.store, terms, stopping);
      try {
        const { backups, unusable } = await catalog.all();
        const planned = planFor(backups, unusable, settings);
        await print(`${catalog.store.name}\n${renderPlan(planned, backups, settings.timeZone ?? ownTimeZone())}`);
        if (dryRun) continue;
        await lease?.assertHeld();
        const { problems } = await remove(catalog, backups, planned);
        if (problems.length > 0) throw new Exit(exitCode.failed, problems.join('; '));
      } finally {
        await lease?.release();
      }
    }
  }).finally(() => succession.end());
}
