import type { DialFailure } from '../engines/engine.ts';
import { failures } from '../reasons.ts';

/** How long failed connections count, in milliseconds, where there are checks that say otherwise. */
const late = 30_000;

/** Whether the backends of a route can be connected to, as far as clients tried of late. */
export class Reachability {
  /** Why each of them failed last, by slot, since a connection to any of them succeeded. */
  readonly #failing = new Map<number, DialFailure>();
  #failedAt = Number.NEGATIVE_INFINITY;
  #wasReached = false;

  /** Whether any backend was ever reached. */
  get wasReached(): boolean {
    return this.#wasReached;
  }

  /** A backend answered a check; what clients meet may be another thing. */
  answered(): void {
    this.#wasReached = true;
  }

  /** A backend was connected to. */
  reached(): void {
    this.#wasReached = true;
    this.#failing.clear();
  }

  /** A backend could not be connected to. */
  failed(slot: number, reason: DialFailure, now: number): void {
    this.#failing.set(slot, reason);
    this.#failedAt = now;
  }

  /** A backend is gone. */
  forget(slot: number): void {
    this.#failing.delete(slot);
  }

  /** Forgets failures that were long ago. */
  lapse(now: number): void {
    if (now - this.#failedAt > late) this.#failing.clear();
  }

  /** Why a backend could not be connected to, where none was since. */
  failureOf(slot: number): string | undefined {
    const failure = this.#failing.get(slot);
    return failure && failures[failure];
  }
}
