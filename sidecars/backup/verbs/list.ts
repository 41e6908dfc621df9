import type { BackupLife } from '../backup.ts';
import { type Manifest, storedBytesOf } from '../catalog/manifest.ts';
import { firstThatAnswers } from '../reading/choose.ts';
import { amountOfBytes } from '../report/amounts.ts';
import { aligned } from '../report/table.ts';
import { print, withCatalogs } from './opened.ts';

/** `backup list`: the backups of the first store that answers, the oldest first. */
export async function list(life: BackupLife, { json }: { readonly json: boolean }): Promise<void> {
  await withCatalogs(life, async (catalogs) => {
    const { backups, catalog } = await firstThatAnswers(catalogs, (message) => life.log.warn(message));
    if (json) await print(`${JSON.stringify(backups)}\n`);
    else if (backups.length === 0) await print(`There are no backups in ${catalog.store.name}.\n`);
    else
      await print(
        `${aligned([['id', 'kind', 'files', 'databases', 'size', 'stored', 'state'], ...backups.map(row)], ['files', 'databases', 'size', 'stored']).join('\n')}\n`,
      );
  });
}

function row(backup: Manifest): string[] {
  const { id, kind, counts, bytes, databases } = backup;
  return [
    id,
    kind,
    String(counts.files),
    String(databases.length),
    amountOfBytes(bytes.total + databases.reduce((sum, database) => sum + database.bytes, 0)),
    amountOfBytes(storedBytesOf(backup)),
    stateOf(backup),
  ];
}

/** What a person has to know of a backup in a word or two. */
export function stateOf({ damaged, suspicious, verified, changed, unreadable, drilled }: Manifest): string {
  if (damaged !== null) return 'DAMAGED';
  if (drilled?.outcome === 'disproved') return 'NOT RESTORABLE';
  if (suspicious !== null) return 'suspicious';
  const flaws = [
    ...(changed.count > 0 ? [`${changed.count} changed`] : []),
    ...(unreadable.count > 0 ? [`${unreadable.count} unreadable`] : []),
  ];
  const seen = verified === null ? 'stored' : verified.how === 'content' ? 'verified' : 'verified as stored';
  return [...(drilled?.outcome === 'proven' ? ['drilled'] : []), seen, ...flaws].join(', ');
}
