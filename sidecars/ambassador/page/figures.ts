import type { BackendStatus, RouteStatus, Status } from '../status.ts';

/** The functions of {@link figures}. */
export type Figures = ReturnType<typeof figures>;

/**
 * What the page computes, and how it writes numbers.
 * It is sent to browsers as its own text: whatever it uses has to be in it, and only types may come from outside.
 */
export function figures() {
  const digits = (value: number) => (value < 9.95 ? value.toFixed(1) : value.toFixed(0));
  const scaled = (value: number, units: readonly string[]) => {
    let step = 0;
    let rest = value;
    for (; rest >= 999.5 && step < units.length - 1; step += 1) rest /= 1000;
    const exact = step === 0 && Number.isInteger(rest);
    return [exact ? String(rest) : digits(rest), units[step] ?? ''] as const;
  };

  /** `0`, `0.4`, `37`, `12k`, `3.4M`: two places are enough to see what happens. */
  const count = (value: number): string => scaled(value, ['', 'k', 'M', 'G', 'T']).join('');

  /** `0 B`, `512 B`, `1.4 kB`, `2.1 GB`: powers of 1000. */
  const bytes = (value: number): string => scaled(Math.round(value), ['B', 'kB', 'MB', 'GB', 'TB', 'PB']).join(' ');

  /** `0.3 ms`, `45 ms`, `1.2 s`: of a short time in seconds. */
  const brief = (seconds: number): string => (seconds < 0.9995 ? `${digits(seconds * 1000)} ms` : `${digits(seconds)} s`);

  /** `8 s`, `3 min`, `2 h 5 min`, `4 d 1 h`: of a long time in seconds. */
  const long = (seconds: number): string => {
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    const parts = [
      [Math.floor(whole / 86_400), 'd'],
      [Math.floor(whole / 3600) % 24, 'h'],
      [Math.floor(whole / 60) % 60, 'min'],
    ] as const;
    const first = parts.findIndex(([value]) => value > 0);
    const shown = parts.slice(first, first + 2).filter(([value]) => value > 0);
    return shown.map(([value, unit]) => `${value} ${unit}`).join(' ');
  };

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

  /** What the numbers of a backend, or of all backends of a route, did from one look to the next, for each second. */
  interface Rates {
    readonly connections: number;
    readonly up: number;
    readonly down: number;
    readonly failures: number;
  }
  const nothing: Rates = { connections: 0, up: 0, down: 0, failures: 0 };
  const sum = (numbers: Readonly<Record<string, number>>) => Object.values(numbers).reduce((all, number) => all + number, 0);

  /** The rates of a backend; none where it was not there before. */
  const backendRates = (now: BackendStatus, before: BackendStatus | undefined, seconds: number): Rates => {
    if (before === undefined || seconds <= 0) return nothing;
    const rate = (later: number, earlier: number) => Math.max(0, later - earlier) / seconds;
    return {
      connections: rate(now.connections, before.connections),
      up: rate(now.bytesUp, before.bytesUp),
      down: rate(now.bytesDown, before.bytesDown),
      failures: rate(sum(now.failures), sum(before.failures)),
    };
  };

  /** The rates of a route: the sum of those of its backends. */
  const total = (all: readonly Rates[]): Rates =>
    all.reduce(
      (sum, one) => ({
        connections: sum.connections + one.connections,
        up: sum.up + one.up,
        down: sum.down + one.down,
        failures: sum.failures + one.failures,
      }),
      nothing,
    );

  /** Whether a status is of the same run of the sidecar as one before. */
  const continues = (now: Status, before: Status | undefined): before is Status =>
    before !== undefined && now.uptimeSeconds > before.uptimeSeconds;

  const backendOf = (route: RouteStatus | undefined, { backend, state }: BackendStatus): BackendStatus | undefined =>
    route?.backends.find((one) => one.backend === backend && (one.state === 'leaving') === (state === 'leaving'));

  return { count, bytes, brief, long, median, sum, backendRates, total, continues, backendOf };
}
