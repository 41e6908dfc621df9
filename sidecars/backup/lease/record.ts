import type { StoredObject } from '../stores/store.ts';

/** Who has the right to write backups, and until when: the content of one generation of the lease. Times are RFC 3339 in UTC. */
export interface LeaseRecord {
  readonly version: 1;
  /** Random: no two runs have the same. */
  readonly holder: string;
  /** Where it runs, for people. */
  readonly host: string;
  readonly since: string;
  /** Until when it is held, unless it is renewed before. */
  readonly expires: string;
  readonly released: boolean;
  /** Present while the holder cannot tell yet whether it is the only one, on a store that does not decide that. */
  readonly contending?: true;
}

/** The beginning of the keys of all generations. @param folder that of the backups' name, with its slash, or nothing. */
export function leasePrefix(folder: string): string {
  return `${folder}lease-`;
}

/**
 * The key of a generation.
 * @param claimant the holder, on a store on which several can write the same generation; each then has a key of its own.
 */
export function leaseKey(folder: string, generation: number, claimant?: string): string {
  const suffix = claimant === undefined ? '' : `-${claimant}`;
  return `${leasePrefix(folder)}${String(generation).padStart(8, '0')}${suffix}.json`;
}

/** The generation that a key stands for; undefined where it is no lease. */
export function generationOf(folder: string, key: string): number | undefined {
  const match = /^(\d{8,})(-[0-9a-f]+)?\.json$/.exec(key.slice(leasePrefix(folder).length));
  return match === null || !key.startsWith(leasePrefix(folder)) ? undefined : Number(match[1]);
}

/** A record as it is stored. */
export function writeRecord(record: LeaseRecord): Uint8Array {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

/**
 * Reads a record. One that cannot be read, such as that of a later version, is held by somebody unknown, as long after it was written as
 * ours would be.
 */
export function readRecord(text: string, object: Pick<StoredObject, 'modified'>, ttl: number): LeaseRecord {
  try {
    const value = JSON.parse(text) as LeaseRecord;
    const texts = [value.holder, value.host, value.since, value.expires].every((field) => typeof field === 'string');
    if (value.version === 1 && texts && !Number.isNaN(Date.parse(value.expires)) && typeof value.released === 'boolean')
      return value;
  } catch {
    // it is none of ours, which is said below
  }
  const since = object.modified.toISOString();
  const expires = new Date(object.modified.getTime() + ttl).toISOString();
  return { version: 1, holder: 'unknown', host: 'unknown', since, expires, released: false };
}

/** Whether a record says that somebody holds the lease at a time; it does so for some time longer, as clocks differ. */
export function isLive({ released, expires }: LeaseRecord, now: number, margin: number): boolean {
  return !released && now <= Date.parse(expires) + margin;
}
