import { hostname } from 'node:os';
import type { BackupLife } from '../backup.ts';
import { unlock as release } from '../lease/unlock.ts';
import { termsOf } from '../run/leases.ts';
import { print, withCatalogs } from './opened.ts';

/** `backup unlock`: takes the lease in every store from whoever holds it. */
export async function unlock(life: BackupLife): Promise<void> {
  const terms = termsOf({ name: life.settings.name ?? '', host: hostname(), log: life.log });
  await withCatalogs(life, async (catalogs) => {
    for (const { store } of catalogs) {
      const holder = await release(store, terms);
      const told =
        holder === undefined ? 'nobody held the lease' : `took the lease from the run on ${holder.host}, since ${holder.since}`;
      await print(`${store.name}: ${told}\n`);
    }
  });
}
