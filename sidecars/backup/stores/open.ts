import { fileURLToPath } from 'node:url';
import { messageOf } from '#shared/exit.ts';
import type { S3Options } from '#shared/s3/options.ts';
import { openFileStore } from './file.ts';
import { openS3StoreAt } from './s3.ts';
import { type Store, StoreError } from './store.ts';

/** What the stores are told beside their URLs. */
export interface StoreSettings {
  readonly s3: S3Options;
}

/** How the store of a scheme is opened. A new kind of store is one file, one entry here, and one in `kinds` of its tests: the suite then runs on it. */
const openers = {
  file: async (url) => openFileStore(folderOf(url)),
  s3: (url, settings) => openS3StoreAt(url, settings.s3),
} as const satisfies Record<string, (url: URL, settings: StoreSettings) => Promise<Store>>;

/** The schemes of the URLs that {@link openStores} takes. */
export const schemes: readonly string[] = Object.keys(openers);

/** Opens the store of each URL; no bucket is asked yet. Close them. @throws StoreError where one cannot be opened; none stays open then. */
export async function openStores(urls: readonly URL[], settings: StoreSettings): Promise<Store[]> {
  const results = await Promise.allSettled(urls.map((url) => openStore(url, settings)));
  const stores = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return stores;
  await Promise.all(stores.map((store) => store.close()));
  throw failed.reason;
}

async function openStore(url: URL, settings: StoreSettings): Promise<Store> {
  const open = Object.entries(openers).find(([scheme]) => `${scheme}:` === url.protocol)?.[1];
  if (open === undefined) throw new StoreError('other', `${url.href} has an unknown scheme; known are ${schemes.join(', ')}`);
  return open(url, settings);
}

function folderOf(url: URL): string {
  try {
    return fileURLToPath(url).replace(/(?<=.)\/+$/, '');
  } catch (error) {
    throw new StoreError(
      'other',
      `${url.href} names no folder: ${messageOf(error)}; write it with three slashes, as file:///backups`,
      {
        cause: error,
      },
    );
  }
}
