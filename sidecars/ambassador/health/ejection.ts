/** When a backend is left out after failed connections. Times are in milliseconds. */
export interface EjectionPolicy {
  /** Failures in a row; undefined where no backend is ever left out. */
  readonly eject: number | undefined;
  /** For how long the first time. */
  readonly ejectTime: number;
  /** The longest time. */
  readonly ejectMax: number;
}

/** What is known of one backend. */
interface Standing {
  /** Failures since the last success, and when the first of them was. */
  failures: number;
  failingSince: number;
  /** How often in a row it was left out, and for how long the last time. */
  times: number;
  lastTime: number;
  /** Until when it is left out; in the past, when it came back. */
  until: number;
  /** Whether a connection succeeded since it came back. */
  isProved: boolean;
}

/**
 * Leaves out the backends of one route that fail again and again, while others are there. All times are given, in milliseconds of any clock.
 *
 * After `eject` failures in a row a backend is out for `ejectTime`, and for twice as long each further time, up to `ejectMax`.
 * That growth is forgotten where a backend, back again, had a success and went without the failures that take it out for as long as it was
 * last out (and for `ejectTime` at least).
 *
 * Where every candidate would be out, the trouble is not one backend's, or there is only one: then all come back, their growth is
 * forgotten, and none is left out for the next `ejectTime`. A candidate is a backend that nothing else keeps from being used, such as
 * its checks; so there is always one in use where there is any.
 */
export class Ejection {
  policy: EjectionPolicy;
  readonly #standings = new Map<number, Standing>();
  /** None is left out before. */
  #quietUntil = Number.NEGATIVE_INFINITY;

  constructor(policy: EjectionPolicy) {
    this.policy = policy;
  }

  /** Whether a backend is left out. */
  isOut(id: number, now: number): boolean {
    return this.until(id, now) !== undefined;
  }

  /** Until when a backend is left out; undefined where it is not. */
  until(id: number, now: number): number | undefined {
    const until = this.#standings.get(id)?.until ?? now;
    return until > now && this.policy.eject !== undefined ? until : undefined;
  }

  /** When the next one comes back; undefined where none is out. */
  next(now: number): number | undefined {
    const ends = [...this.#standings.values()].map(({ until }) => until).filter((until) => until > now);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** A connection to a backend succeeded. */
  succeeded(id: number, now: number): void {
    const standing = this.#standings.get(id);
    // one that was begun before says nothing of a backend that is out
    if (standing === undefined || standing.until > now) return;
    standing.failures = 0;
    standing.isProved = true;
  }

  /**
   * Connections to a backend failed, `count` in a row.
   * @param candidates all backends of the route that could be used, this one among them or not.
   * @returns for how many ms the backend is out from now on; undefined where it is not, or was already.
   */
  failed(id: number, count: number, now: number, candidates: readonly number[]): number | undefined {
    const { eject, ejectTime, ejectMax } = this.policy;
    if (eject === undefined || now < this.#quietUntil) return undefined;
    const standing = this.#standings.getOrInsertComputed(id, fresh);
    if (standing.until > now) return undefined;
    if (standing.failures === 0) standing.failingSince = now;
    standing.failures += count;
    if (standing.failures < eject) return undefined;
    const doingWell = standing.failingSince - standing.until;
    const isForgiven = standing.isProved && doingWell >= Math.max(standing.lastTime, ejectTime);
    const times = isForgiven ? 1 : standing.times + 1;
    const time = Math.min(ejectTime * 2 ** (times - 1), ejectMax);
    Object.assign(standing, { failures: 0, times, lastTime: time, until: now + time, isProved: false });
    this.settle(candidates, now);
    return this.isOut(id, now) ? time : undefined;
  }

  /**
   * Brings all back where every candidate is out; to be called whenever the candidates change.
   * @returns whether it did.
   */
  settle(candidates: readonly number[], now: number): boolean {
    if (candidates.length === 0 || !candidates.every((id) => this.isOut(id, now))) return false;
    this.#standings.clear();
    this.#quietUntil = now + this.policy.ejectTime;
    return true;
  }

  /** Forgets a backend that is gone. */
  forget(id: number): void {
    this.#standings.delete(id);
  }
}

function fresh(): Standing {
  return { failures: 0, failingSince: 0, times: 0, lastTime: 0, until: Number.NEGATIVE_INFINITY, isProved: false };
}
