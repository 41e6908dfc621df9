import type { Metrics } from '#shared/metrics.ts';

/** Tells of each thing that is read whether it could be, and how long it took. */
export class Collectors {
  readonly #last = new Map<string, { readonly ok: boolean; readonly seconds: number; readonly reason: string }>();

  constructor(metrics: Metrics) {
    const each = (value: (last: { readonly ok: boolean; readonly seconds: number }) => number) => () =>
      [...this.#last].map(([collector, last]) => [value(last), { collector }] as const);
    metrics.computed(
      'gauge',
      'collector_success',
      'Whether the last reading went well: 1 or 0.',
      each(({ ok }) => Number(ok)),
    );
    metrics.computed(
      'gauge',
      'collector_duration_seconds',
      'How long the last reading took.',
      each(({ seconds }) => seconds),
    );
  }

  /** Reads something, and notes how it went. @returns undefined where it failed */
  measure<T>(collector: string, read: () => T): T | undefined {
    const begun = performance.now();
    try {
      const found = read();
      this.note(collector, (performance.now() - begun) / 1000);
      return found;
    } catch (error) {
      this.note(collector, (performance.now() - begun) / 1000, error);
      return undefined;
    }
  }

  /** Notes a reading that somebody else made. @param error why it failed, where it did */
  note(collector: string, seconds: number, error?: unknown): void {
    const reason = error === undefined ? '' : error instanceof Error ? error.message : String(error);
    this.#last.set(collector, { ok: error === undefined, seconds, reason });
  }

  /** Why the last reading failed; empty where it did not. */
  reasonOf(collector: string): string {
    return this.#last.get(collector)?.reason ?? '';
  }
}
