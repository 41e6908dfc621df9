import { type Store, type StoredObject, StoreError } from '../stores/store.ts';
import { generationOf, type LeaseRecord, leasePrefix, readRecord } from './record.ts';

/** A record and where it is. */
export interface Written {
  readonly key: string;
  readonly record: LeaseRecord;
  /** As it stands there: it is another one after each renewal. */
  readonly text: string;
}

/** How the lease stands. */
export interface Standing {
  /** The highest generation; 0 where there is none. It alone counts. */
  readonly generation: number;
  /** Its records: one, or several where they contend on a store that does not decide between them. */
  readonly records: readonly Written[];
  /** All keys of the lease, with their generations. */
  readonly keys: readonly { readonly key: string; readonly generation: number }[];
}

/** How often it is read anew where what was listed is gone a moment later. */
const attempts = 5;

/** Reads how the lease stands. @param ttl see {@link readRecord}. @throws StoreError */
export async function readStanding(store: Store, folder: string, ttl: number): Promise<Standing> {
  for (let attempt = 1; ; attempt += 1) {
    const standing = await readOnce(store, folder, ttl);
    // who wrote the highest generation and took it back has left one below that counts
    if (standing.generation === 0 || standing.records.length > 0) return standing;
    if (attempt === attempts)
      throw new StoreError(
        'other',
        `${store.name}: ${leasePrefix(folder)}… is listed and cannot be read; remove what is listed there`,
      );
  }
}

async function readOnce(store: Store, folder: string, ttl: number): Promise<Standing> {
  const objects: (StoredObject & { generation: number })[] = [];
  for await (const object of store.list(leasePrefix(folder))) {
    const generation = generationOf(folder, object.key);
    if (generation !== undefined) objects.push({ ...object, generation });
  }
  const generation = Math.max(0, ...objects.map((object) => object.generation));
  const highest = objects.filter((object) => object.generation === generation);
  const records = await Promise.all(highest.map((object) => readWritten(store, object, ttl)));
  return { generation, records: records.filter((written) => written !== undefined), keys: objects };
}

/** A record; undefined where it is gone, as that of a contender is who gave way. @throws StoreError */
export async function readWritten(
  store: Store,
  object: Pick<StoredObject, 'key' | 'modified'>,
  ttl: number,
): Promise<Written | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of store.read(object.key)) chunks.push(chunk);
  } catch (error) {
    if (error instanceof StoreError && error.failure === 'missing') return undefined;
    throw error;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return { key: object.key, record: readRecord(text, object, ttl), text };
}
