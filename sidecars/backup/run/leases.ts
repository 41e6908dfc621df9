import { messageOf } from '#shared/exit.ts';
import { LockHeldError } from '#shared/lock.ts';
import type { Log } from '#shared/log.ts';
import type { BackupLife } from '../backup.ts';
import { folderOf } from '../catalog/keys.ts';
import { acquireLease, LeaseHeldError } from '../lease/acquire.ts';
import type { Lease } from '../lease/lease.ts';
import { Succession } from '../lease/succession.ts';
import { type LeaseTerms, leaseTerms } from '../lease/terms.ts';
import { makeStateFolder } from '../state-folder.ts';
import type { Copies } from './copies.ts';

/** Who asks for leases. */
export interface LeaseHolder {
  readonly name: string;
  readonly host: string;
  readonly log: Log;
  /** Which runs it comes after; nobody where it takes no lease over. */
  readonly succession?: Succession;
}

/** Takes the place of the run before this one, as far as BACKUP_STATE tells of it. End it once nothing more is written. */
export async function succeed(life: Pick<BackupLife, 'settings' | 'origins' | 'log'>): Promise<Succession> {
  try {
    return await Succession.begin(await makeStateFolder(life));
  } catch (error) {
    if (!(error instanceof LockHeldError)) life.log.info(unnoted(error));
    return Succession.none;
  }
}

/** The terms that every lease of this sidecar is held on. */
export function termsOf({ name, host, log, succession = Succession.none }: LeaseHolder): LeaseTerms {
  return leaseTerms({
    folder: folderOf(name),
    host,
    isDead: (holder) => succession.isDead(holder),
    onClaim: (holder) =>
      succession.note(holder).catch((error: unknown) => {
        log.info(unnoted(error));
      }),
    onDead: ({ host: holder, since }, wait) =>
      log.info({ wait }, `the run on ${holder}, since ${since}, was killed: its lease is taken over`),
    onWait: ({ host: holder, since }, wait) =>
      log.info({ wait }, `a run on ${holder}, since ${since}, did not end well: watching whether it still renews its lease`),
    onTrouble: (error) => log.warn({ err: error }, 'the lease could not be renewed yet, and is tried again'),
  });
}

function unnoted(error: unknown): string {
  return `should this run be killed, the next one waits until its lease expires: BACKUP_STATE: ${messageOf(error)}`;
}

/** The leases of a run: one in each store that it writes to. */
export class Leases {
  readonly #held: readonly Lease[];

  private constructor(held: readonly Lease[]) {
    this.#held = held;
  }

  /**
   * Takes the lease in every store, in their order; a store that cannot be reached is left out of the run.
   * @throws LeaseHeldError where another run has one of them; NoStoreLeft; the signal's reason.
   */
  static async acquire(copies: Copies, terms: LeaseTerms, signal: AbortSignal): Promise<Leases> {
    const held: Lease[] = [];
    const taken = new Leases(held);
    try {
      for (const copy of copies.well) {
        try {
          held.push(await acquireLease(copy.catalog.store, terms, signal));
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof LeaseHeldError) throw error;
          await copy.fail(error);
        }
      }
      await copies.each(async () => {});
      return taken;
    } catch (error) {
      await taken.release();
      throw error;
    }
  }

  /** Aborted as soon as one of them is lost. */
  get lost(): AbortSignal {
    return AbortSignal.any(this.#held.map(({ lost }) => lost));
  }

  /** To be asked before anything that cannot be taken back. @throws LeaseLostError, StoreError */
  async assertHeld(): Promise<void> {
    await Promise.all(this.#held.map((lease) => lease.assertHeld()));
  }

  /** Gives them back. One that cannot be given back expires by itself. */
  async release(): Promise<void> {
    await Promise.allSettled(this.#held.map((lease) => lease.release()));
  }
}
