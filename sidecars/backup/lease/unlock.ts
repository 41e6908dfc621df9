import { type Store, StoreError } from '../stores/store.ts';
import { type LeaseRecord, leaseKey, writeRecord } from './record.ts';
import { readStanding } from './standing.ts';
import type { LeaseTerms } from './terms.ts';

/**
 * Takes the lease from whoever holds it, dead or alive, and gives it back at once. A run that is alive finds that it lost it, and writes no more.
 * @returns who had it; undefined where nobody had, and nothing was written.
 * @throws StoreError
 */
export async function unlock(store: Store, { folder, host, ttl, now }: LeaseTerms): Promise<LeaseRecord | undefined> {
  await store.learnConditions?.(folder);
  for (;;) {
    const { generation, records } = await readStanding(store, folder, ttl);
    const holder = records.map(({ record }) => record).find(({ released }) => !released);
    if (holder === undefined) return undefined;
    const time = new Date(now()).toISOString();
    const record: LeaseRecord = { version: 1, holder: 'unlock', host, since: time, expires: time, released: true };
    try {
      await store.put(leaseKey(folder, generation + 1), writeRecord(record), { ifAbsent: store.conditions, shortLived: true });
      return holder;
    } catch (error) {
      if (!(error instanceof StoreError && error.failure === 'exists')) throw error;
      // another run took it meanwhile: it is that one's now
    }
  }
}
