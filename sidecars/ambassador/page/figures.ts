import type { BackendStatus, Status } from '../status.ts';

/** The functions of {@link figures}. */
export type Figures = ReturnType<typeof figures>;

/**
 * What the page computes.
 * It is sent to browsers as its own text: whatever it uses has to be in it, and only types may come from outside.
 */
export function figures() {
  /**
   * The time that half of the connects took less than, in seconds: between the bounds of the bucket that holds it, in proportion.
   * Null where there were none. Where it lies beyond the last bound, that bound.
   */
  const median = (bounds: readonly number[], counts: readonly number[], total: number): number | null => {
    if (total <= 0) return null;
    let below = 0;
    for (const [index, bound] of bounds.entries()) {
      const here = counts[index] ?? 0;
      const lower = bounds[index - 1] ?? 0;
      if (here > 0 && below + here >= total / 2) return lower + ((bound - lower) * (total / 2 - below)) / here;
      below += here;
    }
    return bounds.at(-1) ?? null;
  };

  /** What a backend, or all backends of a route, did in each second between two looks. */
  interface Rates {
    readonly connections: number;
    readonly up: number;
    readonly down: number;
    readonly failures: number;
  }

  const sum = (numbers: Readonly<Record<string, number>>): number => Object.values(numbers).reduce((all, one) => all + one, 0);

  /** The rates of a backend; all 0 where it was not there before. */
  const rates = (now: BackendStatus, before: BackendStatus | undefined, seconds: number): Rates => {
    const rate = (later: number, earlier = later) => Math.max(0, later - earlier) / seconds;
    return {
      connections: rate(now.connections, before?.connections),
      up: rate(now.bytesUp, before?.bytesUp),
      down: rate(now.bytesDown, before?.bytesDown),
      failures: rate(sum(now.failures), before && sum(before.failures)),
    };
  };

  /** All rates of some added up. */
  const together = (all: readonly Rates[]): Rates => {
    const total = (name: keyof Rates) => all.reduce((total, one) => total + one[name], 0);
    return { connections: total('connections'), up: total('up'), down: total('down'), failures: total('failures') };
  };

  /** The median of the connects between two looks; where there were none, of all that there ever were. */
  const connectTime = (bounds: readonly number[], now: BackendStatus, before: BackendStatus | undefined): number | null => {
    const since =
      before &&
      median(
        bounds,
        now.connectTimes.map((count, index) => count - (before.connectTimes[index] ?? 0)),
        now.connections - before.connections,
      );
    return since ?? now.connectSeconds.median;
  };

  /** Whether a status is of the same run of the sidecar as an earlier one. */
  const continues = (now: Status, before: Status): boolean => now.uptimeSeconds > before.uptimeSeconds;

  /** What tells the backends of a route apart: one that came back may still have connections in its old place. */
  const keyOf = ({ backend, state }: BackendStatus): string => (state === 'leaving' ? `leaving ${backend}` : backend);

  /** The same backend in an earlier status. */
  const earlier = (status: Status, route: string, backend: BackendStatus): BackendStatus | undefined => {
    const backends = status.routes.find(({ name }) => name === route)?.backends;
    return backends?.find((one) => keyOf(one) === keyOf(backend)) ?? backends?.find((one) => one.backend === backend.backend);
  };

  return { median, sum, rates, together, connectTime, continues, keyOf, earlier };
}
