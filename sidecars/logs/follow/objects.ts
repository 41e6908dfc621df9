import { randomBytes } from 'node:crypto';
import type { Followed } from './followed.ts';
import type { Ledger } from './ledger.ts';

/** What a plan is told. */
export interface ObjectOptions {
  /** Bytes of a file that are enough for an object. */
  readonly bytes: number;
  /** Milliseconds that lines may wait until there are as many. */
  readonly wait: number;
  /** Milliseconds without a write after which a rotated or deleted file will get no more lines. */
  readonly linger: number;
  /** Something changed that is to be remembered. */
  readonly changed: () => void;
  /** Writes what is to be remembered. @returns whether all of it is on the disk. */
  readonly save: () => Promise<boolean>;
}

/**
 * When the lines of a file become an object of their own, for a destination that keeps objects. An object is known by the life of its file and the
 * place where it begins. So that a restart makes the same ones again, and none that overlaps another: a file has one object on its way at a time, and
 * the next begins where that ended, at a place that is on the disk before.
 */
export class ObjectPlan {
  readonly bytes: number;
  readonly #options: ObjectOptions;
  /** When everything in a file was last read, in milliseconds since 1970: what is there now came later. */
  readonly #emptiedAt = new WeakMap<Ledger, number>();
  /** When what is to be remembered of a file last changed, */
  readonly #changedAt = new WeakMap<Ledger, number>();
  /** and since when everything before is on the disk; both by the clock of `performance`. */
  #savedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ObjectOptions) {
    this.#options = options;
    this.bytes = options.bytes;
  }

  /** Milliseconds until an object is to be made of a file; Infinity while one of it is on its way: it is asked again when that has arrived. */
  dueIn({ ledger, unread, standing, behindSince, activeAt }: Followed, now = Date.now()): number {
    this.#meet(ledger);
    if (!ledger.settled) return Number.POSITIVE_INFINITY;
    if (unread >= this.bytes) return 0;
    const { wait, linger } = this.#options;
    const since = Math.max(behindSince ?? now, this.#emptiedAt.get(ledger) ?? 0);
    const quiet = standing === 'named' ? Number.POSITIVE_INFINITY : activeAt + linger;
    return Math.max(0, Math.min(since + wait, quiet) - now);
  }

  /** Notes that everything in a file was read. */
  emptied(ledger: Ledger, now = Date.now()): void {
    this.#emptiedAt.set(ledger, now);
  }

  /** Notes that an object arrived, or that there is nothing to send of what was read. */
  moved(ledger: Ledger): void {
    this.#changedAt.set(ledger, performance.now());
  }

  /** Waits until the place at which the next object of a file begins is on the disk. Where the disk takes nothing, it goes on without: lines may come twice then. */
  async remember(ledger: Ledger): Promise<void> {
    this.#meet(ledger);
    if ((this.#changedAt.get(ledger) ?? 0) < this.#savedAt) return;
    const began = performance.now();
    if (await this.#options.save()) this.#savedAt = began;
  }

  /** Gives a file that is new to it a life. */
  #meet(ledger: Ledger): void {
    if (this.#changedAt.has(ledger)) return;
    this.moved(ledger);
    if (ledger.life !== undefined) return;
    ledger.life = newLife();
    this.#options.changed();
  }
}

/** A name that no other life has, which sorts by time: `20261127T062500123Z-9f86d081e4`. */
function newLife(now = new Date()): string {
  return `${now.toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(5).toString('hex')}`;
}
