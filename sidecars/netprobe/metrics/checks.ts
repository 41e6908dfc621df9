import type { Metrics } from '#shared/metrics.ts';
import type { Checks } from '../checks/runner.ts';

/** From what a neighbour on the same machine takes to more than anybody waits, in seconds. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of checks; a check is named by its target as it was written. */
export function observeChecks(metrics: Metrics, checks: Pick<Checks, 'outcomes' | 'onOutcome'>): void {
  metrics.computed('gauge', 'check_success', 'Whether the last check of a target was well: 1 or 0.', () =>
    checks.outcomes.map(({ check, ok }) => [Number(ok), { check }] as const),
  );
  const durations = metrics.histogram('check_duration_seconds', 'How long checks took, also those that failed.', buckets, [
    'check',
  ]);
  metrics.computed(
    'gauge',
    'check_phase_seconds',
    'How long each part of the last check took that came to its end: resolve, connect, tls, and process, which is the wait for the answer.',
    () =>
      checks.outcomes.flatMap(({ check, phases }) =>
        Object.entries(phases).map(([phase, seconds]) => [seconds, { check, phase }] as const),
      ),
  );
  metrics.computed(
    'gauge',
    'check_certificate_not_after_timestamp_seconds',
    'When the certificate that a server showed at the last check expires, in seconds since 1970.',
    () =>
      checks.outcomes.flatMap(({ check, certificateExpires: at }) =>
        at === undefined ? [] : ([[at.getTime() / 1000, { check }]] as const),
      ),
  );
  const servers = metrics.histogram(
    'dns_duration_seconds',
    'How long name servers took for each answer that a check by DNS had of them, also where they said that there is nothing.',
    buckets,
    ['check', 'server'],
  );
  checks.onOutcome(({ check, seconds, servers: asked }) => {
    durations.observe(seconds, { check });
    for (const { server, seconds: took } of asked) servers.observe(took, { check, server });
  });
}
