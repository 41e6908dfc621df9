import { messageOf } from '#shared/exit.ts';
import { sleep } from '#shared/retry.ts';
import type { Store } from '../stores/store.ts';
import { isLive, type LeaseRecord, writeRecord } from './record.ts';
import { readStanding, readWritten, type Standing } from './standing.ts';
import type { LeaseTerms } from './terms.ts';

/** The lease is somebody else's by now, or may be. The message says whose and what to do next. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** What one run has claimed for itself. */
export interface Claim {
  readonly key: string;
  readonly generation: number;
  readonly record: LeaseRecord;
  /** When it was written, by `performance.now()`. */
  readonly written: number;
}

/**
 * A lease that is held: only who holds it writes and removes backups. It renews itself until it is released or lost.
 *
 * A renewal reads its own record, writes it, and then looks whether there is a higher generation. Who takes over writes a higher generation,
 * and then looks whether the old record was renewed. Whatever is slow or stands still, one of the two sees the other and gives up.
 */
export class Lease {
  readonly #store: Store;
  readonly #terms: LeaseTerms;
  readonly #key: string;
  readonly #generation: number;
  #record: LeaseRecord;
  /** Until when it is surely ours, by `performance.now()`, which nobody sets. */
  #deadline: number;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  readonly #keeping: Promise<void>;
  /** The last renewal, so that they follow each other. */
  #turn: Promise<unknown> = Promise.resolve();
  #releasing: Promise<void> | undefined;

  constructor(store: Store, terms: LeaseTerms, { key, generation, record, written }: Claim) {
    this.#store = store;
    this.#terms = terms;
    this.#key = key;
    this.#generation = generation;
    this.#record = record;
    this.#deadline = written + terms.ttl;
    this.#keeping = this.#keep();
  }

  /** Aborted once it is lost, with a {@link LeaseLostError} for its reason: nothing more may be written then. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Makes sure that it is held, and for some time yet. To be asked before anything that cannot be taken back.
   * @throws LeaseLostError where it is lost; StoreError where the store cannot tell.
   */
  async assertHeld(): Promise<void> {
    this.lost.throwIfAborted();
    try {
      await this.#renew();
    } catch (error) {
      if (error instanceof LeaseLostError) this.#lose(error);
      throw error;
    }
  }

  /** Gives it back, so that the next one need not wait; one that is lost is left alone. @throws StoreError; it then expires by itself. */
  release(): Promise<void> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async #release(): Promise<void> {
    this.#ended.abort();
    await this.#keeping;
    await this.#turn;
    if (this.lost.aborted) return;
    const own = await this.#readOwn();
    if (own?.record.holder !== this.#record.holder) return;
    await this.#store.put(this.#key, writeRecord({ ...this.#record, released: true }), { shortLived: true });
  }

  async #keep(): Promise<void> {
    const { ttl, onTrouble } = this.#terms;
    for (let wait = ttl / 3; ; ) {
      await sleep(wait, this.#ended.signal);
      if (this.#ended.signal.aborted) return;
      const failure = await this.#renewInTime();
      if (failure === undefined) {
        wait = ttl / 3;
        continue;
      }
      if (failure instanceof LeaseLostError) return this.#lose(failure);
      if (this.#isOver()) return this.#lose(this.#notRenewed(messageOf(failure)));
      onTrouble(failure);
      wait = ttl / 10;
    }
  }

  /** What a renewal failed with; undefined where it did not. One that does not come back before the lease is over has failed. */
  async #renewInTime(): Promise<unknown> {
    const { ttl } = this.#terms;
    const done = new AbortController();
    const renewed = this.#renew().then(
      () => undefined,
      (error: unknown) => error,
    );
    // after a standstill it is over already, and still ours where nobody came by
    const patience = Math.max(this.#deadline - performance.now(), ttl / 3);
    const late = sleep(patience, done.signal).then(() => this.#notRenewed('the store does not answer'));
    const failure = await Promise.race([renewed, late]);
    done.abort();
    return failure;
  }

  #renew(): Promise<void> {
    const renewed = this.#turn.then(() => this.#renewNow());
    this.#turn = renewed.catch(() => {});
    return renewed;
  }

  async #renewNow(): Promise<void> {
    this.lost.throwIfAborted();
    const { folder, ttl, now } = this.#terms;
    const own = await this.#readOwn();
    if (own?.record.holder !== this.#record.holder) throw this.#taken(own?.record);
    const begun = performance.now();
    const { contending, ...held } = this.#record;
    const record = { ...held, expires: new Date(now() + ttl).toISOString() };
    await this.#store.put(this.#key, writeRecord(record), { shortLived: true });
    const standing = await readStanding(this.#store, folder, ttl);
    if (standing.generation !== this.#generation) throw this.#taken(standing.records[0]?.record);
    const rival = this.#rivalIn(standing);
    if (rival !== undefined) throw this.#taken(rival);
    this.#record = record;
    this.#deadline = begun + ttl;
  }

  /** On a store that does not decide between two: another one that holds the same generation, and goes before. */
  #rivalIn({ records }: Standing): LeaseRecord | undefined {
    const { margin, now } = this.#terms;
    return records
      .map(({ record }) => record)
      .find((record) => record.holder < this.#record.holder && !record.contending && isLive(record, now(), margin));
  }

  #readOwn() {
    return readWritten(this.#store, { key: this.#key, modified: new Date(this.#terms.now()) }, this.#terms.ttl);
  }

  #isOver(): boolean {
    return performance.now() >= this.#deadline || this.#terms.now() >= Date.parse(this.#record.expires);
  }

  #lose(error: LeaseLostError): void {
    this.#lost.abort(error);
    this.#ended.abort();
  }

  #taken(by: LeaseRecord | undefined): LeaseLostError {
    const place = `${this.#store.name}: the lease ${this.#key}`;
    if (by === undefined) return new LeaseLostError(`${place} was removed while this run held it; run it again`);
    const how = by.released ? 'was taken away by unlock on' : 'was taken over by';
    return new LeaseLostError(
      `${place} ${how} ${by.host} at ${by.since}, as this run did not renew it in time or was thought dead; run it again`,
    );
  }

  #notRenewed(why: string): LeaseLostError {
    const { expires } = this.#record;
    return new LeaseLostError(
      `${this.#store.name}: the lease ${this.#key} could not be renewed before it expired at ${expires}: ${why}; run it again once the store answers`,
    );
  }
}
