import { randomBytes } from 'node:crypto';
import { sleep } from '#shared/retry.ts';
import { type Store, StoreError } from '../stores/store.ts';
import { Lease } from './lease.ts';
import { isLive, type LeaseRecord, leaseKey, writeRecord } from './record.ts';
import { readStanding, readWritten, type Standing, type Written } from './standing.ts';
import type { LeaseTerms } from './terms.ts';

/** Somebody else holds the lease, or got it first. */
export class LeaseHeldError extends Error {
  override readonly name = 'LeaseHeldError';
  /** Who holds it; undefined where that could not be read. */
  readonly by: LeaseRecord | undefined;

  constructor(store: Store, by: LeaseRecord | undefined) {
    const who = by === undefined ? 'another run' : `a run on ${by.host}, since ${by.since},`;
    const until = by === undefined ? '' : `; if it is dead, its lease ends at ${by.expires}, or at once by unlock`;
    super(`${store.name}: ${who} holds the lease${until}`);
    this.by = by;
  }
}

/**
 * Takes the lease, or fails at once where it is held. One that expired without being released is watched for half its time first: whose
 * clock is wrong may still be renewing it. One whose holder is dead for certain need not have expired; where requests of the dead may still be on
 * their way to the store, they get some time to arrive, so that what they bring is seen.
 * @throws LeaseHeldError where another one has it; StoreError; the signal's reason.
 */
export async function acquireLease(store: Store, terms: LeaseTerms, signal?: AbortSignal): Promise<Lease> {
  const { folder, ttl, margin, settle, now } = terms;
  await store.learnConditions?.(folder);
  const standing = await readStanding(store, folder, ttl);
  const isDead = ({ record }: Written) => terms.isDead(record.holder);
  const live = standing.records.find((written) => isLive(written.record, now(), margin) && !isDead(written));
  if (live !== undefined) throw new LeaseHeldError(store, live.record);
  const unreleased = standing.records.filter(({ record }) => !record.released);
  const dead = unreleased.find(isDead);
  if (dead !== undefined) {
    const wait = store.remote ? settle : 0;
    terms.onDead(dead.record, wait);
    await sleep(wait, signal);
  }
  const abandoned = unreleased.filter((written) => !isDead(written));
  if (abandoned[0] !== undefined) {
    terms.onWait(abandoned[0].record, ttl / 2);
    await sleep(ttl / 2, signal);
    await refuseRenewed(store, terms, abandoned);
  }
  signal?.throwIfAborted();
  const claim = store.conditions ? claimFirst : contend;
  const lease = await claim(store, terms, standing.generation + 1, abandoned, signal);
  await forget(store, standing, terms.onTrouble);
  return lease;
}

/** @throws LeaseHeldError where one of them was renewed since it was read; one that was released meanwhile is the better. */
async function refuseRenewed(store: Store, { ttl }: LeaseTerms, abandoned: readonly Written[]): Promise<void> {
  for (const { key, text } of abandoned) {
    const present = await readWritten(store, { key, modified: new Date() }, ttl);
    if (present !== undefined && present.text !== text && !present.record.released)
      throw new LeaseHeldError(store, present.record);
  }
}

/** On a store with conditions: of those who write the next generation one is the first, and the others are told so. */
async function claimFirst(store: Store, terms: LeaseTerms, generation: number, abandoned: readonly Written[]): Promise<Lease> {
  const { folder, ttl } = terms;
  const key = leaseKey(folder, generation);
  const record = newRecord(terms);
  await terms.onClaim(record.holder);
  const written = performance.now();
  try {
    await store.put(key, writeRecord(record), { ifAbsent: true, shortLived: true });
  } catch (error) {
    if (!(error instanceof StoreError && error.failure === 'exists')) throw error;
    // an answer that was lost, and the request repeated, is told as if another one had been first
    const first = await readWritten(store, { key, modified: new Date() }, ttl);
    if (first?.record.holder !== record.holder) throw new LeaseHeldError(store, first?.record);
  }
  return orTakeBack(store, key, async () => {
    // who was slow may have written a generation that others have left behind and removed
    const standing = await readStanding(store, folder, ttl);
    if (standing.generation !== generation) throw new LeaseHeldError(store, standing.records[0]?.record);
    await refuseRenewed(store, terms, abandoned);
    return new Lease(store, terms, { key, generation, record, written });
  });
}

/**
 * On a store without conditions: all write a claim of their own, wait until those are seen which were written at the same time, and then
 * who holds it goes before who contends, and among those the smallest holder. Two may hold it where one stands still between its last look
 * and its next step for longer than claims lie; the renewals then find it out.
 */
async function contend(
  store: Store,
  terms: LeaseTerms,
  generation: number,
  abandoned: readonly Written[],
  signal: AbortSignal | undefined,
): Promise<Lease> {
  const { folder, ttl, margin, settle, now } = terms;
  const contending = { ...newRecord(terms), contending: true } as const;
  await terms.onClaim(contending.holder);
  const key = leaseKey(folder, generation, contending.holder);
  await store.put(key, writeRecord(contending), { shortLived: true });
  return orTakeBack(store, key, async () => {
    await sleep(settle, signal);
    signal?.throwIfAborted();
    const standing = await readStanding(store, folder, ttl);
    const rival = standing.records.find(
      (other) =>
        other.key !== key &&
        isLive(other.record, now(), margin) &&
        !terms.isDead(other.record.holder) &&
        (!other.record.contending || other.record.holder < contending.holder),
    );
    if (standing.generation !== generation || rival !== undefined)
      throw new LeaseHeldError(store, (rival ?? standing.records[0])?.record);
    await refuseRenewed(store, terms, abandoned);
    const record = { ...newRecord(terms), holder: contending.holder };
    const written = performance.now();
    await store.put(key, writeRecord(record), { shortLived: true });
    return new Lease(store, terms, { key, generation, record, written });
  });
}

function newRecord({ host, ttl, now }: LeaseTerms): LeaseRecord {
  const time = now();
  return {
    version: 1,
    holder: randomBytes(8).toString('hex'),
    host,
    since: new Date(time).toISOString(),
    expires: new Date(time + ttl).toISOString(),
    released: false,
  };
}

/** Takes back what was written under a key of one's own where the next step fails. */
async function orTakeBack(store: Store, key: string, next: () => Promise<Lease>): Promise<Lease> {
  try {
    return await next();
  } catch (error) {
    // where it cannot be removed it expires, and the first error says more
    await store.remove(key).catch(() => {});
    throw error;
  }
}

/** Removes what lies more than one generation back; who still looks at the one before has to find it. */
async function forget(store: Store, { generation, keys }: Standing, onTrouble: (error: unknown) => void): Promise<void> {
  try {
    for (const old of keys) if (old.generation < generation) await store.remove(old.key);
  } catch (error) {
    // the lease is held all the same; the next holder tries it again
    onTrouble(error);
  }
}
