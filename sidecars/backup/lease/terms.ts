import type { LeaseRecord } from './record.ts';

/** What a lease is held on. Spans are in milliseconds. */
export interface LeaseTerms {
  /** The folder of the backups' name in the store, with its slash; empty where there is no name. */
  readonly folder: string;
  /** Where this runs, as others are told. */
  readonly host: string;
  /** How long it is held without a renewal. It is renewed three times as often. */
  readonly ttl: number;
  /** How much longer it is taken for held, as the clocks of two hosts differ. */
  readonly margin: number;
  /** How long a claim lies before it counts, on a store that cannot decide between two at the same moment. */
  readonly settle: number;
  readonly now: () => number;
  /** Whether a holder is dead for certain, and its lease therefore nobody's. */
  readonly isDead: (holder: string) => boolean;
  /** Hears how a claim will be signed, before it is written. */
  readonly onClaim: (holder: string) => Promise<void>;
  /** Hears that the lease of a dead holder is taken over, and for how long it is waited for what that one may have sent. */
  readonly onDead: (dead: LeaseRecord, milliseconds: number) => void;
  /** Hears that a lease was abandoned, and for how long it is watched before it is taken over. */
  readonly onWait: (abandoned: LeaseRecord, milliseconds: number) => void;
  /** Hears what failed and is tried again, or can be done later. */
  readonly onTrouble: (error: unknown) => void;
}

/** Terms of which only what is the caller's has to be said. */
export function leaseTerms(given: Pick<LeaseTerms, 'folder' | 'host'> & Partial<LeaseTerms>): LeaseTerms {
  const { ttl = 60_000 } = given;
  const nobody = { isDead: () => false, onClaim: async () => {}, onDead: () => {}, onWait: () => {}, onTrouble: () => {} };
  return { ttl, margin: ttl / 4, settle: 5000, now: Date.now, ...nobody, ...given };
}
