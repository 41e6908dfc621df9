import type { BackupLife } from '../backup.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { openCatalogs } from '../catalog/open.ts';

/** Does something with the backups of every store, and closes the stores, whatever becomes of it. */
export async function withCatalogs<T>(life: BackupLife, work: (catalogs: readonly Catalog[]) => Promise<T>): Promise<T> {
  const catalogs = await openCatalogs(life);
  try {
    return await work(catalogs);
  } finally {
    await Promise.allSettled(catalogs.map(({ store }) => store.close()));
  }
}

/** Writes a result to the standard output; resolves when it is taken. */
export function print(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
